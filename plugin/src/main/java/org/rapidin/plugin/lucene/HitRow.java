package org.rapidin.plugin.lucene;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.ScanEngine;

/**
 * The vector of one document as it is stored, copied out of its segment.
 *
 * @param elementType how a number is written
 * @param dimension K
 * @param bytes K numbers, then the float32 scale, little-endian; must not be changed
 */
public record HitRow(ElementType elementType, int dimension, byte[] bytes) {
  /** 2 MiB at K = 65,536 in float16. */
  private static final int ROWS_AT_ONCE = 16;

  public HitRow {
    int wanted = elementType.rowLength(dimension);
    if (bytes.length != wanted) {
      throw new IllegalArgumentException(
          "a row of %s %s numbers has %s bytes, got %s"
              .formatted(dimension, elementType, wanted, bytes.length));
    }
  }

  /** Returns the vector, float32, length K, new. */
  public float[] values() {
    return elementType.decode(bytes);
  }

  /**
   * Computes all inner products. Vectors and rows pass in groups, so that little memory is needed
   * for prepared vectors and for the copies of rows, however many hits there are.
   *
   * @param rows of one dimension and element type
   * @param vectors float32, length K, finite; not changed
   * @return one array per row, with one product per vector
   */
  public static double[][] products(List<HitRow> rows, List<float[]> vectors) {
    double[][] products = new double[rows.size()][vectors.size()];
    if (rows.isEmpty()) {
      return products;
    }
    for (int first = 0; first < vectors.size(); first += ScanEngine.MAX_QUERIES) {
      int end = Math.min(vectors.size(), first + ScanEngine.MAX_QUERIES);
      HitProducts group = new HitProducts(vectors.subList(first, end));
      for (int from = 0; from < rows.size(); from += ROWS_AT_ONCE) {
        int to = Math.min(rows.size(), from + ROWS_AT_ONCE);
        copy(of(rows.subList(from, to), group), products, from, first);
      }
    }
    return products;
  }

  private static double[][] of(List<HitRow> rows, HitProducts vectors) {
    try (Arena arena = Arena.ofConfined()) {
      return vectors.of(matrix(rows, arena));
    }
  }

  private static void copy(double[][] part, double[][] whole, int row, int vector) {
    for (int r = 0; r < part.length; r++) {
      System.arraycopy(part[r], 0, whole[row + r], vector, part[r].length);
    }
  }

  /**
   * Copies rows to a matrix outside of the heap: kernels that have seen memory on the heap are slow
   * with mapped rows afterwards.
   *
   * @param rows at least one, of one dimension and element type
   * @param arena owns the memory
   */
  static RowMatrix matrix(List<HitRow> rows, Arena arena) {
    HitRow first = rows.getFirst();
    int valuesLength = first.elementType.valuesLength(first.dimension);
    MemorySegment values = arena.allocate((long) rows.size() * valuesLength);
    MemorySegment scales = arena.allocate((long) rows.size() * ElementType.SCALE_BYTES);
    for (int r = 0; r < rows.size(); r++) {
      HitRow row = rows.get(r);
      if (row.elementType != first.elementType || row.dimension != first.dimension) {
        throw new IllegalArgumentException("rows of different kinds cannot be scored together");
      }
      MemorySegment bytes = MemorySegment.ofArray(row.bytes);
      MemorySegment.copy(bytes, 0, values, (long) r * valuesLength, valuesLength);
      MemorySegment.copy(
          bytes, valuesLength, scales, (long) r * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
    return new RowMatrix(values, scales, first.elementType, rows.size(), first.dimension);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HitRow that
        && elementType == that.elementType
        && dimension == that.dimension
        && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** Shows no numbers: a gradient can be inverted to text. */
  @Override
  public String toString() {
    return "a row of %s numbers, not shown".formatted(dimension);
  }
}
