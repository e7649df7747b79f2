package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.lang.foreign.MemorySegment;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Turns δ and inputs into gradients per row and hands them to a sink out of torch's own memory, a
 * bounded number of rows at a time. Runs without recording a graph.
 */
final class GradientEmitter {
  /** Enough for many small matrices to share one batched product; little beside the graph. */
  private static final long CHUNK_BYTES = 64L << 20;

  private final GradientSink sink;
  private final PassRows rows;

  GradientEmitter(GradientSink sink, PassRows rows) {
    this.sink = sink;
    this.rows = rows;
  }

  PassRows rows() {
    return rows;
  }

  /** The positions of [R, T, n] that can have a δ, [R, steps, n]. */
  NDArray steps(NDArray array) {
    return array.getShape().get(1) == rows.steps() ? array : array.get(":,0:" + rows.steps());
  }

  /**
   * Hands on leftᵀ·right of every row.
   *
   * @param left [R, S, m]
   * @param right [R, S, n]
   */
  void products(int parameter, int firstRow, NDArray left, NDArray right) {
    long count = left.getShape().get(0);
    long size = left.getShape().get(2) * right.getShape().get(2);
    long chunk = Math.clamp(CHUNK_BYTES / (size * Float.BYTES), 1, count);
    for (long from = 0; from < count; from += chunk) {
      String range = from + ":" + Math.min(count, from + chunk);
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray product = left.get(range).transpose(0, 2, 1).matMul(right.get(range));
        rowsOf(product, parameter, firstRow + Math.toIntExact(from));
      }
    }
  }

  /** Hands on the rows of [R, ...]. */
  void rowsOf(NDArray gradients, int parameter, int firstRow) {
    MemorySegment all = TorchMemory.view(gradients);
    int count = Math.toIntExact(gradients.getShape().get(0));
    long bytes = all.byteSize() / count;
    for (int row = 0; row < count; row++) {
      sink.accept(firstRow + row, parameter, all.asSlice(row * bytes, bytes));
    }
  }
}
