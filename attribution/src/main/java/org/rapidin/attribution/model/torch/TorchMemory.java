package org.rapidin.attribution.model.torch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import java.lang.foreign.MemorySegment;

/**
 * Arrays whose numbers are in torch's own memory. DJL's {@code create(float[])} and every operation
 * with a Java {@code Number} borrow a Java buffer instead, and a graph that outlives it reads freed
 * memory: 50 of 50 gradients were wrong with a garbage collection between forward and backward.
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
    return floats(manager, shape, filler, PIECE_ELEMENTS);
  }

  static NDArray floats(NDManager manager, Shape shape, Filler filler, long pieceElements) {
    NDArray array = manager.create(shape, DataType.FLOAT32);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      NDArray flat = array.reshape(-1);
      for (long from = 0; from < shape.size(); from += pieceElements) {
        long to = Math.min(shape.size(), from + pieceElements);
        filler.fill(from, view(flat.get(from + ":" + to)));
      }
    }
    return array;
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
    view(array).copyFrom(MemorySegment.ofArray(values));
    return array;
  }

  /** A float32 scalar that lives as long as its manager, so that a graph may multiply with it. */
  public static NDArray scalar(NDManager manager, double value) {
    return manager.full(new Shape(), (float) value, DataType.FLOAT32);
  }

  /**
   * The array's memory itself if it is contiguous, else that of a contiguous copy which lives as
   * long as the array's scope or manager. At most 2 GiB.
   */
  public static MemorySegment view(NDArray array) {
    return MemorySegment.ofBuffer(((PtNDArray) array).toByteBuffer(true));
  }
}
