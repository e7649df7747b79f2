package org.rapidin.scorer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Computes inner products without the Vector API, summed in double. Used if the incubator module is
 * absent, and for rows on which float32 overflows.
 */
public final class PlainScorer implements InnerProductScorer {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public void score(RowMatrix matrix, int[] rows, int count, float[] query, float[] products) {
    matrix.checkQuery(query);
    for (int i = 0; i < count; i++) {
      products[i] = product(matrix, rows[i], query);
    }
  }

  /** Returns the inner product of one row, with its scale applied. */
  static float product(RowMatrix matrix, int row, float[] query) {
    double sum =
        switch (matrix.elementType()) {
          case FLOAT16 -> sumOfHalves(matrix.values(), matrix.rowOffset(row), query);
          case FLOAT32 -> sumOfFloats(matrix.values(), matrix.rowOffset(row), query);
          case INT8 -> sumOfBytes(matrix.values(), matrix.rowOffset(row), query);
        };
    return (float) (sum * matrix.scale(row));
  }

  // Two sums hide the latency of the addition. More are not faster: the conversion is the limit.
  private static double sumOfHalves(MemorySegment values, long offset, float[] query) {
    double even = 0;
    double odd = 0;
    int i = 0;
    for (; i + 1 < query.length; i += 2) {
      long at = offset + 2L * i;
      even += (double) Float.float16ToFloat(values.get(HALF, at)) * query[i];
      odd += (double) Float.float16ToFloat(values.get(HALF, at + 2)) * query[i + 1];
    }
    if (i < query.length) {
      even += (double) Float.float16ToFloat(values.get(HALF, offset + 2L * i)) * query[i];
    }
    return even + odd;
  }

  private static double sumOfFloats(MemorySegment values, long offset, float[] query) {
    double even = 0;
    double odd = 0;
    int i = 0;
    for (; i + 1 < query.length; i += 2) {
      long at = offset + 4L * i;
      even += (double) values.get(FLOAT, at) * query[i];
      odd += (double) values.get(FLOAT, at + 4) * query[i + 1];
    }
    if (i < query.length) {
      even += (double) values.get(FLOAT, offset + 4L * i) * query[i];
    }
    return even + odd;
  }

  private static double sumOfBytes(MemorySegment values, long offset, float[] query) {
    double even = 0;
    double odd = 0;
    int i = 0;
    for (; i + 1 < query.length; i += 2) {
      even += (double) values.get(ValueLayout.JAVA_BYTE, offset + i) * query[i];
      odd += (double) values.get(ValueLayout.JAVA_BYTE, offset + i + 1) * query[i + 1];
    }
    if (i < query.length) {
      even += (double) values.get(ValueLayout.JAVA_BYTE, offset + i) * query[i];
    }
    return even + odd;
  }
}
