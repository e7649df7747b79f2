package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.apache.lucene.index.FloatVectorValues;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.InnerProductScorer;
import org.rapidin.scorer.RowMatrix;

/** A few rows on the heap, for segments that are not mapped in one piece. */
final class RowBlock {
  // A multiple of the four rows that are scored at once, 1 MiB at K = 65,536 in float16.
  private static final int ROWS = 8;

  private final FloatVectorValues values;
  private final ElementType elementType;
  private final int valuesLength;
  private final byte[] row;
  private final MemorySegment rows;
  private final MemorySegment scales;
  private final RowMatrix matrix;
  private final int[] all = new int[ROWS];
  private final float[] blockProducts = new float[ROWS];

  RowBlock(FloatVectorValues values) {
    this.values = values;
    int dimension = values.dimension();
    elementType =
        values instanceof GradientVectorValues stored ? stored.elementType() : ElementType.FLOAT32;
    valuesLength = elementType.valuesLength(dimension);
    row = new byte[elementType.rowLength(dimension)];
    rows = MemorySegment.ofArray(new byte[Math.multiplyExact(ROWS, valuesLength)]);
    scales = MemorySegment.ofArray(new byte[ROWS * ElementType.SCALE_BYTES]);
    matrix = new RowMatrix(rows, scales, elementType, ROWS, dimension);
    Arrays.setAll(all, i -> i);
  }

  /** As {@link SegmentMatrix#score}. */
  void score(InnerProductScorer scorer, int[] ords, int count, float[] query, float[] products)
      throws IOException {
    for (int first = 0; first < count; first += ROWS) {
      int length = Math.min(ROWS, count - first);
      for (int i = 0; i < length; i++) {
        load(ords[first + i], i);
      }
      scorer.score(matrix, all, length, query, blockProducts);
      System.arraycopy(blockProducts, 0, products, first, length);
    }
  }

  private void load(int ord, int slot) throws IOException {
    byte[] source = row;
    if (values instanceof GradientVectorValues stored) {
      stored.readRow(ord, row);
    } else {
      source = elementType.encode(values.vectorValue(ord));
    }
    MemorySegment from = MemorySegment.ofArray(source);
    MemorySegment.copy(from, 0, rows, (long) slot * valuesLength, valuesLength);
    MemorySegment.copy(
        from, valuesLength, scales, (long) slot * ElementType.SCALE_BYTES, ElementType.SCALE_BYTES);
  }
}
