package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Losses of a pass's predictions, and their gradients at the output of the head's linear layer.
 * Belongs to one thread.
 *
 * @param manager owns what is computed outside of a scope
 * @param losses in nats, unweighted, one per prediction; filled in
 */
record LogitDeltas(NDManager manager, LossPositions positions, float[] losses) {

  LogitDeltas(NDManager manager, LossPositions positions) {
    this(manager, positions, new float[positions.count()]);
  }

  /**
   * The gradient of the weighted losses at the output of the head's linear layer. Notes the losses
   * too.
   *
   * @param linear that output, [n, vocabulary], of the predictions from {@code from} on;
   *     overwritten
   */
  NDArray of(DecoderHead head, NDArray linear, int from) {
    head.toLogits(linear);
    NDArray delta = atLogits(linear, from);
    head.toLinear(linear, delta);
    return delta;
  }

  /** At the logits it is w·(softmax - 1 at the target). */
  private NDArray atLogits(NDArray logits, int from) {
    int count = Math.toIntExact(logits.getShape().get(0));
    int to = from + count;
    Shape column = new Shape(count, 1);
    NDArray targets =
        TorchMemory.longs(manager, column, Arrays.copyOfRange(positions.targets(), from, to));
    NDArray weights =
        TorchMemory.floats(manager, column, Arrays.copyOfRange(positions.weights(), from, to));
    NDArray logProbabilities = logits.logSoftmax(1);
    float[] logs = logProbabilities.gather(targets, 1).toFloatArray();
    for (int n = 0; n < count; n++) {
      losses[from + n] = -logs[n];
    }
    NDArray deltas = logProbabilities.exp();
    logProbabilities.close();
    deltas.muli(weights);
    return deltas.scatter(targets, deltas.gather(targets, 1).subi(weights), 1);
  }
}
