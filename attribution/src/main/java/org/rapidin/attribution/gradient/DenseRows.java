package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Multiplies gradients out and passes them on row by row, from torch's own memory. At most one
 * chunk of products is in memory at a time, or one row's where that is larger.
 */
public final class DenseRows implements TensorSink {
  /** Enough for many small matrices to share one batched product; little next to a layer. */
  private static final long CHUNK_BYTES = 64L << 20;

  private final GradientSink sink;
  private final long chunkBytes;

  /** Hands on to a sink of rows. */
  public DenseRows(GradientSink sink) {
    this(sink, CHUNK_BYTES);
  }

  DenseRows(GradientSink sink, long chunkBytes) {
    this.sink = sink;
    this.chunkBytes = chunkBytes;
  }

  @Override
  public void accept(TensorGradient gradient) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      switch (gradient) {
        case TensorGradient.Outer outer -> multiply(outer);
        case TensorGradient.Dense dense ->
            rows(dense.gradients(), dense.parameter(), dense.firstRow());
        case TensorGradient.Lookup lookup -> lookUp(lookup);
        case TensorGradient.Tied tied -> sum(tied);
      }
    }
  }

  private void multiply(TensorGradient.Outer outer) {
    long count = outer.delta().getShape().get(0);
    long size = outer.delta().getShape().get(2) * outer.input().getShape().get(2);
    long chunk = Math.clamp(chunkBytes / (size * Float.BYTES), 1, count);
    for (long from = 0; from < count; from += chunk) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray product = product(outer, from, Math.min(count, from + chunk));
        rows(product, outer.parameter(), outer.firstRow() + Math.toIntExact(from));
      }
    }
  }

  private static NDArray product(TensorGradient.Outer outer, long from, long to) {
    String range = from + ":" + to;
    NDArray delta = outer.delta().get(range);
    return delta.transpose(0, 2, 1).matMul(outer.input().get(range));
  }

  private void rows(NDArray gradients, int parameter, int firstRow) {
    MemorySegment all = TorchMemory.view(gradients);
    int count = Math.toIntExact(gradients.getShape().get(0));
    long bytes = all.byteSize() / count;
    for (int row = 0; row < count; row++) {
      sink.accept(firstRow + row, parameter, all.asSlice(row * bytes, bytes));
    }
  }

  private void lookUp(TensorGradient.Lookup lookup) {
    Shape shape = new Shape(lookup.vocabulary(), lookup.delta().getShape().get(1));
    NDArray table = lookup.delta().getManager().zeros(shape, DataType.FLOAT32);
    MemorySegment gradient = TorchMemory.view(table);
    add(lookup, gradient);
    sink.accept(lookup.firstRow(), lookup.parameter(), gradient);
  }

  private void sum(TensorGradient.Tied tied) {
    MemorySegment gradient = TorchMemory.view(product(tied.head(), 0, 1));
    add(tied.lookup(), gradient);
    sink.accept(tied.firstRow(), tied.parameter(), gradient);
  }

  /** Adds δ of each position to the table's row of its token; torch has no such operation here. */
  private static void add(TensorGradient.Lookup lookup, MemorySegment table) {
    MemorySegment delta = TorchMemory.view(lookup.delta());
    int width = Math.toIntExact(lookup.delta().getShape().get(1));
    long[] ids = lookup.ids();
    for (int t = 0; t < ids.length; t++) {
      for (int i = 0; i < width; i++) {
        long at = ids[t] * width + i;
        float sum =
            table.getAtIndex(ValueLayout.JAVA_FLOAT, at)
                + delta.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * width + i);
        table.setAtIndex(ValueLayout.JAVA_FLOAT, at, sum);
      }
    }
  }
}
