package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Projects the factors of each linear layer's gradient, wherever torch has them, and never
 * multiplies the gradient out: O(S·k·(n_i + n_o)) operations for S tokens. A vector has a block of
 * k_o·k_i numbers, row-major, for each layer of each checkpoint.
 *
 * @see <a href="https://arxiv.org/abs/2405.13954">LoGra, section 3.2</a>
 */
public final class LograCompressor implements Compressor {
  /** Numbers of what is computed at a time: those of the products that {@code DenseRows} forms. */
  private static final long CHUNK = 16L << 20;

  private final NDManager manager;
  private final GradientLayout layout;
  private final List<LograProjection> projections;
  private final int dimension;
  private final boolean exactNorms;

  /**
   * Makes the projections, which take {@link Logra#residentBytes}.
   *
   * @param parent its sub-manager owns them, on the device of the gradients
   * @param logra fitted to the layout
   * @param exactNorms whether the scale depends on the norm of the gradient; otherwise it is asked
   *     with the norm of the projected one, which is cheaper
   */
  public LograCompressor(NDManager parent, Logra logra, GradientLayout layout, boolean exactNorms) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.dimension = logra.dimension();
    this.projections = LograProjection.of(manager, layout, logra.rank(), logra.seed());
    this.exactNorms = exactNorms;
  }

  @Override
  public <T> T compute(int rows, Function<RowVectors, T> work) {
    return work.apply(new Rows(rows));
  }

  @Override
  public String place() {
    return manager.getDevice().isGpu() ? manager.getDevice().toString() : "main memory";
  }

  @Override
  public void close() {
    manager.close();
  }

  private final class Rows implements RowVectors {
    private final float[][] vectors;

    Rows(int rows) {
      this.vectors = new float[rows][dimension];
    }

    @Override
    public TensorSink checkpoint(int checkpoint, Scale scale) {
      int start = checkpoint * (dimension / layout.checkpoints());
      return gradient -> {
        if (!(gradient instanceof TensorGradient.Outer outer)) {
          throw new IllegalStateException(
              "[%s] is not the weight of a linear layer"
                  .formatted(layout.tensors().get(gradient.parameter()).name()));
        }
        long rows = outer.delta().getShape().get(0);
        long chunk = Math.clamp(CHUNK / numbersOfRow(outer), 1, rows);
        for (long from = 0; from < rows; from += chunk) {
          try (NDScope scope = new NDScope()) {
            scope.suppressNotUsedWarning();
            add(rows(outer, from, Math.min(rows, from + chunk)), start, scale);
          }
        }
      };
    }

    private long numbersOfRow(TensorGradient.Outer outer) {
      long tokens = outer.delta().getShape().get(1);
      LograProjection projection = projections.get(outer.parameter());
      return Math.max(
          projection.numbersOfRow(tokens), exactNorms ? OuterNorms.numbersOfRow(tokens) : 0);
    }

    private static TensorGradient.Outer rows(TensorGradient.Outer outer, long from, long to) {
      if (to - from == outer.delta().getShape().get(0)) {
        return outer;
      }
      String range = from + ":" + to;
      return new TensorGradient.Outer(
          outer.parameter(),
          outer.firstRow() + Math.toIntExact(from),
          outer.delta().get(range),
          outer.input().get(range));
    }

    private void add(TensorGradient.Outer outer, int start, Scale scale) {
      LograProjection projection = projections.get(outer.parameter());
      NDArray projected = projection.apply(outer.delta(), outer.input());
      int rows = Math.toIntExact(projected.getShape().get(0));
      int length = Math.toIntExact(projected.size() / rows);
      MemorySegment numbers = TorchMemory.view(projected);
      double[] norms = exactNorms ? OuterNorms.of(outer) : null;
      for (int row = 0; row < rows; row++) {
        float[] vector = vectors[outer.firstRow() + row];
        int at = start + projection.offset();
        long from = (long) row * length * Float.BYTES;
        MemorySegment.copy(numbers, ValueLayout.JAVA_FLOAT, from, vector, at, length);
        double norm = exactNorms ? norms[row] : norm(vector, at, length);
        float factor = scale.factor(outer.firstRow() + row, outer.parameter(), norm);
        for (int i = at; i < at + length; i++) {
          vector[i] = factor == 0 ? 0 : vector[i] * factor; // 0 times NaN would be NaN
        }
      }
    }

    private static double norm(float[] numbers, int from, int length) {
      double sum = 0;
      for (int i = from; i < from + length; i++) {
        sum += (double) numbers[i] * numbers[i];
      }
      return Math.sqrt(sum);
    }

    @Override
    public float[] finish(int row) {
      float[] vector = vectors[row];
      vectors[row] = null;
      return vector;
    }

    @Override
    public void close() {}
  }
}
