package org.rapidin.attribution.model.torch;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/**
 * Arrays whose numbers are in torch's own memory, in main memory or on the manager's device, which
 * is filled through main memory. DJL's {@code create(float[])} and every operation with a Java
 * {@code Number} borrow a Java buffer instead, and a graph that outlives it reads freed memory: 50
 * of 50 gradients were wrong with a garbage collection between forward and backward.
 */
public final class TorchMemory {
  /** Pieces of at most 1 GiB: a direct buffer cannot hold 2 GiB. */
  private static final long PIECE_ELEMENTS = 1L << 28;

  private TorchMemory() {}

  /** Writes a piece of an array. */
  @FunctionalInterface
  public interface Filler {
    /**
     * @param from index of the piece's first element in the array
     * @param piece where to write float32 in native order
     */
    void fill(long from, MemorySegment piece);
  }

  /** A float32 array of the given shape, filled piece by piece. */
  public static NDArray floats(NDManager manager, Shape shape, Filler filler) {
    return floats(manager, shape, filler, PIECE_ELEMENTS, manager.getDevice().isGpu());
  }

  /**
   * As {@link #floats(NDManager, Shape, Filler)}.
   *
   * @param staged whether pieces are made in main memory and moved
   */
  static NDArray floats(
      NDManager manager, Shape shape, Filler filler, long pieceElements, boolean staged) {
    NDArray array = manager.create(shape, DataType.FLOAT32);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray flat = array.reshape(-1);
      for (long from = 0; from < shape.size(); from += pieceElements) {
        long first = from;
        long to = Math.min(shape.size(), from + pieceElements);
        write(flat.get(from + ":" + to), staged, piece -> filler.fill(first, piece));
      }
    }
    return array;
  }

  /** Fills a contiguous array of one dimension. */
  private static void write(NDArray flat, boolean staged, Consumer<MemorySegment> writer) {
    if (!staged) {
      writer.accept(view(flat));
      return;
    }
    try (NDManager host = flat.getManager().newSubManager(Device.cpu())) {
      NDArray copy = host.create(flat.getShape(), flat.getDataType());
      writer.accept(view(copy));
      copyInto(flat, 0, copy);
    }
  }

  /** A float32 array with the given values, row-major. */
  public static NDArray floats(NDManager manager, Shape shape, float[] values) {
    MemorySegment all = MemorySegment.ofArray(values);
    return floats(
        manager,
        shape,
        (from, piece) -> piece.copyFrom(all.asSlice(from * Float.BYTES, piece.byteSize())));
  }

  /** An int64 array with the given values, row-major. */
  public static NDArray longs(NDManager manager, Shape shape, long[] values) {
    NDArray array = manager.create(shape, DataType.INT64);
    replace(array, MemorySegment.ofArray(values));
    return array;
  }

  /** A float32 scalar that lives as long as its manager, so that a graph may multiply with it. */
  public static NDArray scalar(NDManager manager, double value) {
    return manager.full(new Shape(), (float) value, DataType.FLOAT32);
  }

  /**
   * The array's numbers in main memory: its memory itself if it is there and contiguous, else a
   * copy which lives as long as the array's scope or manager. At most 2 GiB.
   */
  public static MemorySegment view(NDArray array) {
    return MemorySegment.ofBuffer(((PtNDArray) array).toByteBuffer(true));
  }

  /**
   * The address of a contiguous array's first number, in main memory or its device's memory; valid
   * while the array is open.
   */
  public static long address(NDArray array) {
    return ArrayAddress.of((PtNDArray) array);
  }

  /** Replaces the numbers of a contiguous array of at most 2 GiB, on whatever device it is. */
  public static void replace(NDArray array, MemorySegment numbers) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      boolean staged = array.getDevice().isGpu();
      write(array.reshape(-1), staged, memory -> memory.copyFrom(numbers));
    }
  }

  /**
   * Copies rows into an array, from whatever device they are on.
   *
   * @param from index of the first row that is replaced
   * @param rows of the array's shape but for the first dimension
   */
  public static void copyInto(NDArray array, long from, NDArray rows) {
    long to = from + rows.getShape().get(0);
    JniUtils.indexSet(
        (PtNDArray) array, (PtNDArray) rows, new long[] {from}, new long[] {to}, new long[] {1});
  }
}
