package org.rapidin.demo.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.WholeDecoder;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Optimizes some parameters of a decoder, step by step. The decoder must not be used elsewhere
 * meanwhile: the parameters require gradients until this is closed.
 */
final class TrainingStep implements AutoCloseable {
  private final Decoder decoder;
  private final NDManager manager;
  private final List<NDArray> trained;
  private final AdamW optimizer;

  /**
   * @param parent of the manager that owns the optimizer's state
   * @param trained parameters of the decoder
   */
  TrainingStep(Decoder decoder, NDManager parent, Collection<NDArray> trained, double weightDecay) {
    this.decoder = decoder;
    this.manager = parent.newSubManager();
    this.trained = List.copyOf(trained);
    trained.forEach(parameter -> parameter.setRequiresGradient(true));
    this.optimizer = new AdamW(manager, this.trained, weightDecay);
  }

  /**
   * Runs one step.
   *
   * @param samples the batch; its loss is the mean of the samples' losses
   * @return the loss before the step, in nats per token
   */
  double run(List<WeightedSequence> samples, double rate) {
    try (NDManager batch = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      JniUtils.setGradMode(true);
      try {
        NDArray loss = loss(batch, samples);
        NDArray one = TorchMemory.scalar(batch, 1);
        JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
        JniUtils.setGradMode(false);
        optimizer.step(rate);
        return loss.getFloat();
      } finally {
        JniUtils.setGradMode(false);
      }
    }
  }

  /** Returns the loss of a sample, in nats per token. */
  double loss(WeightedSequence sample) {
    try (NDManager batch = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return loss(batch, List.of(sample)).getFloat();
    }
  }

  private NDArray loss(NDManager batch, List<WeightedSequence> samples) {
    List<long[]> ids = samples.stream().map(WeightedSequence::ids).toList();
    WholeDecoder whole = new WholeDecoder(decoder);
    NDArray hidden = whole.hidden(batch, ids, ModuleTap.NONE);
    long length = hidden.getShape().get(1);
    int count = 0;
    int all = Math.toIntExact(samples.size() * length);
    long[] positions = new long[all];
    long[] targets = new long[all];
    float[] weights = new float[all];
    for (int row = 0; row < samples.size(); row++) {
      WeightedSequence sample = samples.get(row);
      for (int t = 1; t < sample.ids().length; t++) {
        if (sample.lossWeights()[t] != 0) {
          positions[count] = row * length + t - 1;
          targets[count] = sample.ids()[t];
          weights[count++] = sample.lossWeights()[t] / samples.size();
        }
      }
    }
    Shape shape = new Shape(count);
    NDArray chosen = TorchMemory.longs(batch, shape, Arrays.copyOf(positions, count));
    NDArray logits = whole.logits(WholeDecoder.select(hidden, chosen), ModuleTap.NONE);
    NDArray wanted = TorchMemory.longs(batch, shape, Arrays.copyOf(targets, count));
    NDArray losses = WholeDecoder.tokenLosses(logits, wanted);
    return losses.mul(TorchMemory.floats(batch, shape, Arrays.copyOf(weights, count))).sum();
  }

  /** Frees the optimizer's state; the parameters require no gradients any more. */
  @Override
  public void close() {
    trained.forEach(parameter -> parameter.setRequiresGradient(false));
    manager.close();
  }
}
