package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.check.CheckedModel;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/**
 * A loaded model as the checks see it.
 *
 * @param documents computes vectors as for a bulk
 * @param cancelled asked while gradients are computed
 */
record InspectedModel(
    ModelInstance model,
    int maxTokens,
    Function<List<Sample>, List<GradientResult>> documents,
    BooleanSupplier cancelled)
    implements CheckedModel {

  @Override
  public List<String> specialTokens() {
    return model.specialTokens();
  }

  @Override
  public GradientLayout gradients() {
    return model.layout();
  }

  @Override
  public int vocabularySize() {
    return model.vocabularySize();
  }

  @Override
  public TokenizedText encode(Sample sample) {
    return model.encode(sample, maxTokens, cancelled);
  }

  @Override
  public List<Double> losses(Sample sample) {
    List<WeightedSequence> batch = List.of(SelectedTokens.meanLoss(encode(sample)));
    List<Double> losses = new ArrayList<>();
    try (PassBudget.Pass pass = model.passes().reserve(batch, cancelled)) {
      for (ModelInstance.WeightedComputer checkpoint : model.checkpoints()) {
        GradientComputer computer = checkpoint.computer();
        losses.add(computer.compute(batch, ignored -> {}, cancelled, pass.keptBytes())[0]);
      }
    }
    return losses;
  }

  @Override
  public List<GradientResult> documents(List<Sample> samples) {
    return documents.apply(samples);
  }

  @Override
  public double derivativeError(WeightedSequence sequence) {
    return model.derivativeError(sequence, cancelled);
  }
}
