package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;

/**
 * A read-only view of stored rows, n×K row-major. It does not own its memory: it is valid as long
 * as its segments are.
 *
 * @param values n·K numbers, little-endian, rows one after another without a gap; memory outside of
 *     the heap
 * @param scales n little-endian float32; row i is {@code scales[i] · values[i]}
 * @param elementType how a number is written
 * @param rows n
 * @param dimension K
 */
public record RowMatrix(
    MemorySegment values, MemorySegment scales, ElementType elementType, int rows, int dimension) {
  private static final ValueLayout.OfFloat SCALE =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  public RowMatrix {
    Objects.requireNonNull(elementType, "elementType");
    long wanted = Math.multiplyExact((long) rows, (long) dimension * elementType.bytes());
    if (!values.isNative()) {
      throw new IllegalArgumentException("rows on the heap cannot be scored");
    }
    if (values.byteSize() != wanted) {
      throw new IllegalArgumentException(
          "%s rows of %s %s take %s bytes, the values have %s"
              .formatted(rows, dimension, elementType, wanted, values.byteSize()));
    }
    if (scales.byteSize() != 4L * rows) {
      throw new IllegalArgumentException(
          "%s rows need %s bytes of scales, got %s".formatted(rows, 4L * rows, scales.byteSize()));
    }
  }

  /**
   * Returns the offset of a row in {@link #values}, in bytes.
   *
   * @throws IndexOutOfBoundsException if there is no such row
   */
  long rowOffset(int row) {
    return Objects.checkIndex(row, rows) * (long) dimension * elementType.bytes();
  }

  /** Returns the scale of a row. */
  double scale(int row) {
    return scales.get(SCALE, 4L * row);
  }

  /**
   * Returns a view of some rows.
   *
   * @throws IndexOutOfBoundsException if there are no such rows
   */
  public RowMatrix slice(int first, int count) {
    Objects.checkFromIndexSize(first, count, rows);
    long length = elementType.valuesLength(dimension);
    long scaleBytes = ElementType.SCALE_BYTES;
    return new RowMatrix(
        values.asSlice(first * length, count * length),
        scales.asSlice(first * scaleBytes, count * scaleBytes),
        elementType,
        count,
        dimension);
  }

  /** Copies rows, as {@link SegmentRows#read}. */
  public void read(
      int first, int count, MemorySegment target, long targetStride, MemorySegment targetScales) {
    Objects.checkFromIndexSize(first, count, rows);
    long valuesLength = elementType.valuesLength(dimension);
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          values, (first + i) * valuesLength, target, i * targetStride, valuesLength);
    }
    long scaleBytes = ElementType.SCALE_BYTES;
    MemorySegment.copy(scales, first * scaleBytes, targetScales, 0, count * scaleBytes);
  }

  /**
   * Checks that queries fit these rows.
   *
   * @param type of the rows that they were prepared for
   * @throws IllegalArgumentException if it is another type, or a length is not K
   */
  void check(ElementType type, List<float[]> queries) {
    if (type != elementType) {
      throw new IllegalArgumentException(
          "the rows are %s, the queries were prepared for %s".formatted(elementType, type));
    }
    queries.forEach(query -> checkQuery(query, dimension));
  }

  /**
   * Checks that a query fits rows.
   *
   * @throws IllegalArgumentException if its length is not K
   */
  static void checkQuery(float[] query, int dimension) {
    if (query.length != dimension) {
      throw new IllegalArgumentException(
          "the rows have dimension %s, the query vector has %s".formatted(dimension, query.length));
    }
  }
}
