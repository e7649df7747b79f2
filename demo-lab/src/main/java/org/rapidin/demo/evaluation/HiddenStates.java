package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.demo.DemoAttributor;
import org.rapidin.demo.generation.DemoModel;
import org.rapidin.scorer.ElementType;

/**
 * The mean of the last checkpoint's states, below the head, at a text's tokens that count: those of
 * the completion, or the words that a question is about. DATE-LM's baseline Rep-Sim takes the last
 * token's state, which here would be that of an end token in documents and of a full stop in
 * generations.
 */
final class HiddenStates implements VectorMethod {
  private static final int BATCH = 16;
  private static final ElementType ROWS = ElementType.FLOAT16;

  @Override
  public String name() {
    return "hidden state";
  }

  @Override
  public String key() {
    return "mean hidden state";
  }

  @Override
  public int parts() {
    return 1;
  }

  @Override
  public boolean cosine() {
    return true;
  }

  @Override
  public Session open(TorchRuntime runtime, Path models, List<Sample> sample) throws IOException {
    String last = DemoAttributor.adapter(DemoAttributor.EPOCHS.getLast());
    return new Computed(new DemoModel(runtime, models, last));
  }

  private record Computed(DemoModel model) implements Session {

    @Override
    public float[][] documents(List<Sample> samples) {
      List<float[]> states = new ArrayList<>();
      for (int from = 0; from < samples.size(); from += BATCH) {
        List<Sample> batch = samples.subList(from, Math.min(from + BATCH, samples.size()));
        states.addAll(states(batch.stream().map(model.tokens()::completionOnly).toList()));
      }
      return states.stream().map(state -> ROWS.decode(ROWS.encode(state))).toArray(float[][]::new);
    }

    @Override
    public float[] question(Question question) {
      WeightedSequence sequence =
          question.tokens() instanceof TokenSelection.Span(String words)
              ? model.tokens().firstWords(question.sample(), words)
              : model.tokens().completionOnly(question.sample());
      return states(List.of(sequence)).getFirst();
    }

    private List<float[]> states(List<WeightedSequence> sequences) {
      try (NDManager pass = model.manager().newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        List<long[]> ids = sequences.stream().map(WeightedSequence::ids).toList();
        NDArray hidden = new WholeDecoder(model.decoder()).hidden(pass, ids, ModuleTap.NONE);
        float[] all = hidden.toFloatArray();
        int length = (int) hidden.getShape().get(1);
        int width = (int) hidden.getShape().get(2);
        List<float[]> means = new ArrayList<>();
        for (int row = 0; row < sequences.size(); row++) {
          means.add(mean(all, row * length, width, sequences.get(row).lossWeights()));
        }
        return means;
      }
    }

    /** The weights of the loss are those of a mean. */
    private static float[] mean(float[] states, int first, int width, float[] weights) {
      float[] mean = new float[width];
      for (int t = 0; t < weights.length; t++) {
        for (int i = 0; i < width; i++) {
          mean[i] += weights[t] * states[(first + t) * width + i];
        }
      }
      return mean;
    }

    @Override
    public int bytes() {
      return ROWS.rowLength(model.decoder().config().hiddenSize());
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
