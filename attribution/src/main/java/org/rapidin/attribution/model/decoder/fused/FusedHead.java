package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.fused.RowOperations.CrossEntropies;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Final normalization, head and cross-entropy without autograd: losses, and the gradient at the
 * last layer's output. Logits of at most {@value #CHUNK} predictions are in memory at a time.
 *
 * <p>Does not compute the gradient of the head's own weight. Borrows its weights, costs nothing to
 * make, and belongs to one thread, whose gradient mode must be off.
 */
public final class FusedHead {
  /** With a vocabulary of 49,152, 25 MB of logits; larger chunks are not faster. */
  static final int CHUNK = 128;

  private final FusedKernels kernels;
  private final RowOperations rows;
  private final NormModule norm;
  private final NDArray head;
  private final int chunk;

  /**
   * A head with its weights.
   *
   * @param head weight, float32, [vocabulary, hidden]
   */
  public FusedHead(FusedKernels kernels, NormModule norm, NDArray head) {
    this(kernels, norm, head, CHUNK);
  }

  FusedHead(FusedKernels kernels, NormModule norm, NDArray head, int chunk) {
    this.kernels = kernels;
    this.rows = RowOperations.of(kernels);
    this.norm = norm;
    this.head = head;
    this.chunk = chunk;
  }

  /**
   * Predictions, sorted by row, and the weights of their losses.
   *
   * @param positions for each, row · T + the position that it is made from
   * @param targets for each, the token that came
   * @param weights for each, the weight of its loss
   * @param starts length rows + 1: where each row's predictions begin
   */
  public record Predictions(long[] positions, long[] targets, float[] weights, int[] starts) {
    public Predictions {
      int count = starts[starts.length - 1];
      if (positions.length != count || targets.length != count || weights.length != count) {
        throw new IllegalArgumentException(
            "%s positions, %s targets and %s weights of %s predictions"
                .formatted(positions.length, targets.length, weights.length, count));
      }
    }
  }

  /**
   * What a pass needs of the head.
   *
   * @param losses of the predictions, in nats, unweighted
   * @param delta gradient of each weighted loss at its position of the stream, float32, [N, hidden]
   */
  public record Result(float[] losses, NDArray delta) {}

  /** Takes what the gradient of the head's weight is a product of, chunk by chunk. */
  @FunctionalInterface
  public interface Factors {
    /**
     * Some predictions; arrays are valid only during the call.
     *
     * @param from index of the first
     * @param logits gradients of the weighted losses at the logits, [n, vocabulary]
     * @param input the head's input, [n, hidden]
     * @param back gradients at the head's input, [n, hidden]
     */
    void accept(int from, NDArray logits, NDArray input, NDArray back);
  }

  /**
   * Computes losses and the factors, and nothing below the head.
   *
   * @param stream the last layer's output, float32, [B, T, hidden]
   * @param check called before each chunk; may throw to end the pass
   * @return the predictions' losses, in nats, unweighted
   */
  public float[] factors(NDArray stream, Predictions predictions, Factors factors, Runnable check) {
    int count = predictions.positions().length;
    float[] losses = new float[count];
    for (int from = 0; from < count; from += chunk) {
      check.run();
      int to = Math.min(count, from + chunk);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDList logits = logits(stream, predictions, from, to);
        CrossEntropies some = crossEntropies(logits.get(0), predictions, from, to);
        System.arraycopy(some.losses(), 0, losses, from, to - from);
        NDArray input = rows.normAgain(logits.get(1), norm, logits.get(2));
        factors.accept(
            from, some.delta(), input, kernels.one(Kernel.LINEAR_BACK, some.delta(), head));
      }
    }
    return losses;
  }

  /**
   * Computes losses and δ.
   *
   * @param stream the last layer's output, float32, [B, T, hidden]
   * @param gradients receives the gradient of the final normalization's weight, if it wants it
   * @param check called before each chunk; may throw to end the pass
   * @return δ belongs to the stream's manager
   */
  public Result backward(
      NDArray stream, Predictions predictions, FusedGradients gradients, Runnable check) {
    int count = predictions.positions().length;
    float[] losses = new float[count];
    NDList deltas = new NDList();
    NDList products = new NDList();
    boolean wantsNorm = gradients.wants(norm.name() + ".weight");
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (int from = 0; from < count; from += chunk) {
        check.run();
        Part part = part(stream, predictions, from, Math.min(count, from + chunk));
        System.arraycopy(part.losses(), 0, losses, from, part.losses().length);
        if (wantsNorm) {
          products.add(part.delta().mul(part.x()).muli(part.scale()));
        }
        deltas.add(
            kernels.one(Kernel.NORM_BACK, part.delta(), part.x(), norm.weight(), part.scale()));
        part.close();
      }
      if (wantsNorm) {
        gradients.dense(norm.name() + ".weight", sums(concat(products), predictions.starts()));
      }
      NDArray delta = concat(deltas);
      NDScope.unregister(delta);
      return new Result(losses, delta);
    }
  }

  /**
   * Some predictions.
   *
   * @param delta at the normalization's output, [n, hidden]
   * @param x rows of the stream, [n, hidden]
   * @param scale their reciprocal root mean squares, [n, 1]
   */
  private record Part(float[] losses, NDArray delta, NDArray x, NDArray scale)
      implements AutoCloseable {
    @Override
    public void close() {
      delta.close();
      x.close();
      scale.close();
    }
  }

  private Part part(NDArray stream, Predictions all, int from, int to) {
    NDList logits = logits(stream, all, from, to);
    CrossEntropies losses = crossEntropies(logits.get(0), all, from, to);
    NDArray delta = kernels.one(Kernel.LINEAR_BACK, losses.delta(), head);
    losses.delta().close();
    return new Part(losses.losses(), delta, logits.get(1), logits.get(2));
  }

  /** Logits, rows of the stream and their reciprocal root mean squares. */
  private NDList logits(NDArray stream, Predictions all, int from, int to) {
    long[] positions = Arrays.copyOfRange(all.positions(), from, to);
    NDArray flat = TorchMemory.longs(stream.getManager(), new Shape(to - from), positions);
    return kernels.run(Kernel.LOGITS, stream, flat, norm.weight(), norm.epsilon(), head);
  }

  private CrossEntropies crossEntropies(NDArray logits, Predictions all, int from, int to) {
    return rows.crossEntropy(
        logits,
        Arrays.copyOfRange(all.targets(), from, to),
        Arrays.copyOfRange(all.weights(), from, to));
  }

  private static NDArray sums(NDArray products, int[] starts) {
    NDList rows = new NDList();
    for (int row = 0; row < starts.length - 1; row++) {
      NDArray some = products.get("%s:%s".formatted(starts[row], starts[row + 1]));
      rows.add(some.sum(new int[] {0}, true));
    }
    return concat(rows);
  }

  private static NDArray concat(NDList parts) {
    return parts.size() == 1 ? parts.getFirst() : NDArrays.concat(parts, 0);
  }
}
