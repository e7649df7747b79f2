package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Multiplies gradients out and passes them on from torch's own memory. At most one chunk of
 * products is in memory at a time, or one row's where that is larger.
 */
public final class DenseRows implements TensorSink {
  /** Enough for many small matrices to share one batched product; little next to a layer. */
  private static final long CHUNK_BYTES = 64L << 20;

  private final Whole sink;
  private final long chunkBytes;

  /** Takes gradients of several rows, multiplied out, where torch has them. */
  @FunctionalInterface
  public interface Whole {
    /**
     * One parameter tensor's gradients.
     *
     * @param firstRow as for {@link TensorGradient}
     * @param parameter index into the computer's list of parameters
     * @param gradients float32 [R, ...], for R rows; valid only during the call
     */
    void accept(int firstRow, int parameter, NDArray gradients);
  }

  /** Hands on to a sink of rows in main memory. */
  public DenseRows(GradientSink sink) {
    this(sink, CHUNK_BYTES);
  }

  DenseRows(GradientSink sink, long chunkBytes) {
    this(chunkBytes, (firstRow, parameter, all) -> rows(sink, firstRow, parameter, all));
  }

  private DenseRows(long chunkBytes, Whole sink) {
    this.chunkBytes = chunkBytes;
    this.sink = sink;
  }

  /** Hands on without a copy, wherever the gradients are. */
  public static DenseRows whole(Whole sink) {
    return new DenseRows(CHUNK_BYTES, sink);
  }

  @Override
  public void accept(TensorGradient gradient) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      switch (gradient) {
        case TensorGradient.Outer outer -> multiply(outer);
        case TensorGradient.Dense dense ->
            sink.accept(dense.firstRow(), dense.parameter(), dense.gradients());
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
        sink.accept(outer.firstRow() + Math.toIntExact(from), outer.parameter(), product);
      }
    }
  }

  private static NDArray product(TensorGradient.Outer outer, long from, long to) {
    NDArray delta = some(outer.delta(), from, to);
    return delta.transpose(0, 2, 1).matMul(some(outer.input(), from, to));
  }

  private static NDArray some(NDArray rows, long from, long to) {
    boolean all = from == 0 && to == rows.getShape().get(0);
    return all ? rows : rows.get(from + ":" + to);
  }

  private static void rows(GradientSink sink, int firstRow, int parameter, NDArray gradients) {
    MemorySegment all = TorchMemory.view(gradients);
    int count = Math.toIntExact(gradients.getShape().get(0));
    long bytes = all.byteSize() / count;
    for (int row = 0; row < count; row++) {
      sink.accept(firstRow + row, parameter, all.asSlice(row * bytes, bytes));
    }
  }

  private void lookUp(TensorGradient.Lookup lookup) {
    Shape shape = new Shape(1, lookup.vocabulary(), lookup.delta().getShape().get(1));
    NDArray table = lookup.delta().getManager().zeros(shape, DataType.FLOAT32);
    sink.accept(lookup.firstRow(), lookup.parameter(), add(lookup, table));
  }

  private void sum(TensorGradient.Tied tied) {
    NDArray table = product(tied.head(), 0, 1);
    sink.accept(tied.firstRow(), tied.parameter(), add(tied.lookup(), table));
  }

  /** Adds δ of each position to the table's row of its token; torch has no such operation here. */
  private static NDArray add(TensorGradient.Lookup lookup, NDArray table) {
    if (table.getDevice().isGpu()) {
      return addOnDevice(lookup, table);
    }
    add(lookup, lookup.ids(), TorchMemory.view(table));
    return table;
  }

  /** The same sums for a table on a device: only rows of tokens that occur come to main memory. */
  static NDArray addOnDevice(TensorGradient.Lookup lookup, NDArray table) {
    long[] tokens = Arrays.stream(lookup.ids()).sorted().distinct().toArray();
    long width = lookup.delta().getShape().get(1);
    Shape shape = new Shape(1, tokens.length, width);
    long[] index = new long[Math.toIntExact(shape.size())];
    Arrays.setAll(index, i -> tokens[Math.toIntExact(i / width)]);
    NDArray where = TorchMemory.longs(table.getManager(), shape, index);
    float[] rows = table.gather(where, 1).toFloatArray();
    long[] places =
        Arrays.stream(lookup.ids()).map(id -> Arrays.binarySearch(tokens, id)).toArray();
    add(lookup, places, MemorySegment.ofArray(rows));
    return table.scatter(where, TorchMemory.floats(table.getManager(), shape, rows), 1);
  }

  private static void add(TensorGradient.Lookup lookup, long[] places, MemorySegment table) {
    MemorySegment delta = TorchMemory.view(lookup.delta());
    int width = Math.toIntExact(lookup.delta().getShape().get(1));
    for (int t = 0; t < places.length; t++) {
      for (int i = 0; i < width; i++) {
        long at = places[t] * width + i;
        float sum =
            table.getAtIndex(ValueLayout.JAVA_FLOAT, at)
                + delta.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * width + i);
        table.setAtIndex(ValueLayout.JAVA_FLOAT, at, sum);
      }
    }
  }
}
