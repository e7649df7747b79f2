package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Losses and the gradient at the last layer's output: final normalization, head and cross-entropy
 * without autograd. Logits of at most {@value #CHUNK} predictions are in memory at a time.
 *
 * <p>Does not compute the gradient of the head's own weight. Borrows its weights, costs nothing to
 * make, and belongs to one thread, whose gradient mode must be off.
 */
public final class FusedHead {
  /** With a vocabulary of 49,152, 25 MB of logits; larger chunks are not faster. */
  static final int CHUNK = 128;

  private final FusedKernels kernels;
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
    this.norm = norm;
    this.head = head;
    this.chunk = chunk;
  }

  /**
   * Predictions of a batch and the weights of their losses.
   *
   * @param positions row · T + position that each is made from
   * @param targets the tokens that came
   * @param weights of the losses
   */
  public record Predictions(long[] positions, long[] targets, float[] weights) {
    public Predictions {
      if (positions.length != targets.length || positions.length != weights.length) {
        throw new IllegalArgumentException(
            "%d positions, %d targets and %d weights"
                .formatted(positions.length, targets.length, weights.length));
      }
    }

    private Predictions range(int from, int to) {
      return new Predictions(
          Arrays.copyOfRange(positions, from, to),
          Arrays.copyOfRange(targets, from, to),
          Arrays.copyOfRange(weights, from, to));
    }
  }

  /**
   * Result of the head.
   *
   * @param losses of the predictions, in nats, unweighted
   * @param delta gradient of the weighted sum of the losses at the stream, float32, [B, T, hidden]
   */
  public record Result(float[] losses, NDArray delta) {}

  /**
   * Computes losses and δ.
   *
   * @param stream the last layer's output, float32, [B, T, hidden]
   * @param gradients receives the gradient of the final normalization's weight if it wants it
   * @return δ belongs to the stream's manager
   */
  public Result backward(NDArray stream, Predictions predictions, FusedGradients gradients) {
    int count = predictions.positions().length;
    float[] losses = new float[count];
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDManager manager = stream.getManager();
      NDArray delta = manager.zeros(stream.getShape(), DataType.FLOAT32);
      String weight = norm.name() + ".weight";
      Shape rows = new Shape(stream.getShape().get(0), stream.getShape().get(2));
      NDArray weights = gradients.wants(weight) ? manager.zeros(rows, DataType.FLOAT32) : null;
      for (int from = 0; from < count; from += chunk) {
        Predictions part = predictions.range(from, Math.min(count, from + chunk));
        float[] some = chunk(stream, part, delta, weights);
        System.arraycopy(some, 0, losses, from, some.length);
      }
      if (weights != null) {
        gradients.dense(weight, weights);
      }
      NDScope.unregister(delta);
      return new Result(losses, delta);
    }
  }

  /** Adds a chunk's part to δ, and to the norm weight's gradients where these are not null. */
  private float[] chunk(NDArray stream, Predictions part, NDArray delta, NDArray weights) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDManager manager = stream.getManager();
      Shape count = new Shape(part.positions().length);
      NDArray positions = TorchMemory.longs(manager, count, part.positions());
      NDList top =
          kernels.run(
              Kernel.HEAD,
              stream,
              positions,
              TorchMemory.longs(manager, count, part.targets()),
              TorchMemory.floats(manager, count, part.weights()),
              norm.weight(),
              norm.epsilon(),
              head);
      NDArray normed = top.get(1);
      NDArray x = top.get(2);
      NDArray scale = top.get(3);
      if (weights != null) {
        long length = stream.getShape().get(1);
        long[] samples = Arrays.stream(part.positions()).map(n -> n / length).toArray();
        NDArray rows = TorchMemory.longs(manager, count, samples);
        kernels.one(Kernel.SCATTER, weights, rows, normed.mul(x).mul(scale));
      }
      NDArray input = kernels.one(Kernel.NORM_BACK, normed, x, norm.weight(), scale);
      kernels.one(Kernel.SCATTER, delta, positions, input);
      return top.get(0).toFloatArray();
    }
  }
}
