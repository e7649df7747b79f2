package org.rapidin.plugin.lucene;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorers;
import org.rapidin.scorer.RowMatrix;

/**
 * The vector of one document as it is stored, copied out of its segment.
 *
 * @param elementType how a number is written
 * @param dimension K
 * @param bytes K numbers, then the float32 scale, little-endian; must not be changed
 */
public record HitRow(ElementType elementType, int dimension, byte[] bytes) {
  public HitRow {
    int wanted = elementType.rowLength(dimension);
    if (bytes.length != wanted) {
      throw new IllegalArgumentException(
          "a row of %s %s numbers has %s bytes, got %s"
              .formatted(dimension, elementType, wanted, bytes.length));
    }
  }

  /**
   * Computes all inner products. Each row is read from memory once: rows stay in the processor's
   * cache while the vectors pass.
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
    List<ScaledVector> scaled = vectors.stream().map(ScaledVector::of).toList();
    RowMatrix matrix = matrix(rows);
    float[] flat = new float[Math.multiplyExact(rows.size(), vectors.size())];
    InnerProductScorers.best()
        .prepare(matrix.elementType(), scaled.stream().map(ScaledVector::values).toList())
        .score(matrix, IntStream.range(0, rows.size()).toArray(), rows.size(), flat);
    for (int v = 0; v < scaled.size(); v++) {
      for (int r = 0; r < rows.size(); r++) {
        products[r][v] = flat[v * rows.size() + r] * scaled.get(v).factor();
      }
    }
    return products;
  }

  private static RowMatrix matrix(List<HitRow> rows) {
    HitRow first = rows.getFirst();
    int valuesLength = first.elementType.valuesLength(first.dimension);
    byte[] values = new byte[Math.multiplyExact(rows.size(), valuesLength)];
    byte[] scales = new byte[rows.size() * ElementType.SCALE_BYTES];
    for (int r = 0; r < rows.size(); r++) {
      HitRow row = rows.get(r);
      if (row.elementType != first.elementType || row.dimension != first.dimension) {
        throw new IllegalArgumentException("rows of different kinds cannot be scored together");
      }
      System.arraycopy(row.bytes, 0, values, r * valuesLength, valuesLength);
      System.arraycopy(
          row.bytes, valuesLength, scales, r * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
    }
    return new RowMatrix(
        MemorySegment.ofArray(values),
        MemorySegment.ofArray(scales),
        first.elementType,
        rows.size(),
        first.dimension);
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
