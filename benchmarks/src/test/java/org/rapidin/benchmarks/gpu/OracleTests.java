package org.rapidin.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.benchmarks.gpu.RandomVectors.Expected;
import org.rapidin.scorer.ElementType;

/** What the benchmark compares the device with. */
class OracleTests {
  private static final int DIMENSION = 40;

  @Test
  void anErrorIsAPartOfTheNorms() {
    RandomVectors rows = new RandomVectors(new float[][] {{3, 4}, {0, 2}}, new double[] {5, 2});
    Expected expected = rows.expect(List.of(new float[] {1, 0}, new float[] {0, 10}));
    int[] ordinals = {0, 1, 2, 3};
    float[] exact = {3, 0, 3, 0, 40, 20, 40, 20};
    assertEquals(0, expected.error(ordinals, 4, exact));
    exact[6] = 41;
    assertEquals(1 / 50.0, expected.error(ordinals, 4, exact), 1e-12);
    exact[1] = Float.NaN;
    assertEquals(Double.POSITIVE_INFINITY, expected.error(ordinals, 4, exact));
  }

  @Test
  void rowsRepeatTheVectors() throws IOException {
    try (RepeatedRows rows = new RepeatedRows(ElementType.FLOAT16, 1000, DIMENSION)) {
      assertEquals(768, rows.block().rows());
      byte[] values = new byte[300 * DIMENSION * Short.BYTES];
      byte[] scales = new byte[300 * ElementType.SCALE_BYTES];
      rows.read(
          700,
          300,
          MemorySegment.ofArray(values),
          DIMENSION * Short.BYTES,
          MemorySegment.ofArray(scales));
      for (int i = 0; i < 300; i++) {
        byte[] row = new byte[ElementType.FLOAT16.rowLength(DIMENSION)];
        System.arraycopy(values, i * DIMENSION * 2, row, 0, DIMENSION * 2);
        System.arraycopy(scales, i * 4, row, DIMENSION * 2, 4);
        assertArrayEquals(
            rows.vectors().vectors()[(700 + i) % 256], ElementType.FLOAT16.decode(row));
      }
    }
  }

  @Test
  void equalScoresAreOrderedByOrdinal() {
    float[] scores = {0, 5, -1, 5, -0f, 7};
    BitSet accepted = new BitSet();
    accepted.set(0, 5);
    assertArrayEquals(new int[] {1, 3, 0, 4}, TopOrder.top(scores, 4, accepted));
    assertArrayEquals(new int[] {1, 3, 0, 4, 2}, TopOrder.top(scores, 9, accepted));
  }
}
