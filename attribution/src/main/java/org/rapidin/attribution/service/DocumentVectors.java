package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.attribution.sketch.GradientSketch;

/** Vectors of documents, batch by batch. Safe for several threads, as the model is. */
final class DocumentVectors {
  private final ModelInstance model;
  private final GradientSketch sketch;
  private final TensorScale scale;
  private final int maxTokens;
  private final boolean cosine;

  DocumentVectors(AttributorSpec spec, ModelInstance model, GradientSketch sketch) {
    this.model = model;
    this.sketch = sketch;
    this.scale = TensorScale.of(spec.normalization(), model.checkpoints());
    this.maxTokens = spec.maxTokens();
    this.cosine = spec.similarity() == Similarity.COSINE;
  }

  /** See {@link Attributor#documents(List, BooleanSupplier)}. */
  List<GradientResult> compute(List<Sample> samples, BooleanSupplier cancelled) {
    TokenizedText[] texts = new TokenizedText[samples.size()];
    int[] lengths = new int[samples.size()];
    GradientResult[] results = new GradientResult[samples.size()];
    List<Integer> usable = new ArrayList<>();
    for (int i = 0; i < results.length; i++) {
      try {
        texts[i] = model.encode(samples.get(i), maxTokens);
        lengths[i] = texts[i].ids().length;
        usable.add(i);
      } catch (IllegalArgumentException e) {
        results[i] = new GradientResult.Failure(e.getMessage());
      }
    }
    for (List<Integer> batch : SampleBatches.DEFAULT.of(usable, lengths)) {
      if (cancelled.getAsBoolean()) {
        throw new CancellationException("nobody waits for these gradients any more");
      }
      compute(batch, texts, results);
    }
    return List.of(results);
  }

  private void compute(List<Integer> batch, TokenizedText[] texts, GradientResult[] results) {
    List<WeightedSequence> sequences =
        batch.stream().map(index -> SelectedTokens.meanLoss(texts[index])).toList();
    RowSketches rows = new RowSketches(sketch, model.parameters(), scale, batch.size());
    try {
      for (int c = 0; c < model.checkpoints().size(); c++) {
        model.checkpoints().get(c).computer().compute(sequences, rows.checkpoint(c));
      }
    } catch (IllegalArgumentException e) { // a sequence that the model does not take
      if (batch.size() > 1) {
        batch.forEach(index -> compute(List.of(index), texts, results));
      } else {
        results[batch.getFirst()] = new GradientResult.Failure(e.getMessage());
      }
      return;
    }
    for (int row = 0; row < batch.size(); row++) {
      results[batch.get(row)] = result(rows, row, texts[batch.get(row)]);
    }
  }

  private GradientResult result(RowSketches rows, int row, TokenizedText text) {
    if (rows.fault(row).isPresent()) {
      return new GradientResult.Failure(rows.fault(row).get());
    }
    float[] vector = rows.finish(row);
    if (cosine) {
      divideByNorm(vector);
    }
    return new GradientResult.Vector(vector, text.ids().length, text.truncated());
  }

  private static void divideByNorm(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] / norm);
    }
  }
}
