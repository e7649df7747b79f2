package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.Set;
import org.rapidin.attribution.model.decoder.LlamaDecoder;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * One forward pass with its graph, ready for backward passes. Belongs to the thread that made it;
 * closing frees every array of the batch.
 */
final class LossPass implements AutoCloseable {
  private final NDManager manager;
  private final NDScope scope;
  private final TapRecorder recorder;
  private final NDArray losses;

  /**
   * Runs the model.
   *
   * @param parent its sub-manager owns the batch's arrays
   * @param sequences token ids, one array per row
   * @param modules names of the modules whose gradients are wanted
   */
  LossPass(
      NDManager parent,
      LlamaDecoder decoder,
      List<long[]> sequences,
      LossPositions positions,
      Set<String> modules) {
    manager = parent.newSubManager();
    scope = new NDScope();
    try {
      recorder = new TapRecorder(manager, modules);
      NDArray ids = decoder.batch(manager, sequences);
      Shape count = new Shape(positions.count());
      NDArray flat = TorchMemory.longs(manager, count, positions.flat());
      NDArray targets = TorchMemory.longs(manager, count, positions.targets());
      JniUtils.setGradMode(true);
      NDArray hidden = decoder.hidden(ids, recorder);
      NDArray logits = decoder.logits(LlamaDecoder.select(hidden, flat), recorder);
      losses = LlamaDecoder.tokenLosses(logits, targets);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  /** Losses of the predictions, in nats. */
  float[] losses() {
    return losses.toFloatArray();
  }

  /**
   * Computes δ at every tap for the weighted sum of the losses.
   *
   * @param weights one per prediction
   * @param last whether the graph may be freed
   */
  void backward(float[] weights, boolean last) {
    NDArray seed = TorchMemory.floats(manager, losses.getShape(), weights);
    JniUtils.setGradMode(true);
    try {
      JniUtils.backward((PtNDArray) losses, (PtNDArray) seed, !last, false);
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  TapRecorder recorder() {
    return recorder;
  }

  @Override
  public void close() {
    scope.close();
    manager.close();
  }
}
