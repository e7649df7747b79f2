package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of {@link InnerProductScorer}; each implementation extends it. */
abstract class InnerProductScorerTestCase {

  abstract InnerProductScorer scorer();

  private void score(RowMatrix matrix, int[] rows, int count, float[] query, float[] products) {
    scorer().prepare(matrix.elementType(), List.of(query)).score(matrix, rows, count, products);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT16,1", "FLOAT16,7", "FLOAT16,256", "FLOAT16,1000", "FLOAT16,65536",
    "FLOAT32,1", "FLOAT32,7", "FLOAT32,256", "FLOAT32,1000", "FLOAT32,65536",
    "INT8,1", "INT8,7", "INT8,256", "INT8,1000", "INT8,65536"
  })
  void agreesWithTheDoubleOracle(ElementType type, int dimension) {
    float[][] rows = gaussianRows(9, dimension, 1f, 3);
    float[] query = gaussianRows(1, dimension, 1f, 5)[0];
    assertAgrees(type, rows, query);
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT16,1e-41,1", "FLOAT16,1e-30,1e-10", "FLOAT16,1e38,1e-3", "FLOAT16,1e30,1e-40",
    "FLOAT16,1e-10,1e38", "FLOAT32,1e-41,1", "FLOAT32,1e-30,1e-10", "FLOAT32,1e38,1e-3",
    "INT8,1e-38,1", "INT8,1e-30,1e-10", "INT8,1e38,1e-3", "INT8,1e-10,1e38"
  })
  void agreesAtEveryMagnitude(ElementType type, float rowSize, float querySize) {
    float[][] rows = gaussianRows(6, 512, rowSize, 7);
    assertAgrees(type, rows, gaussianRows(1, 512, querySize, 9)[0]);
  }

  @Test
  void smallNumbersOfARowCountFully() {
    // 1e-5 of the row's largest number is lost if the shifted half underflows.
    float[] row = new float[512];
    float[] query = new float[512];
    for (int i = 1; i < row.length; i++) {
      row[i] = 1e-5f * (1 + i % 3);
      query[i] = 1 + i % 5;
    }
    row[0] = 1;
    assertAgrees(ElementType.FLOAT16, new float[][] {row, row}, query);
  }

  @ParameterizedTest
  @CsvSource({"FLOAT16", "FLOAT32", "INT8"})
  void aRowsResultDoesNotDependOnItsNeighbours(ElementType type) {
    float[][] rows = gaussianRows(13, 1003, 1f, 11);
    float[] query = gaussianRows(1, 1003, 1f, 13)[0];
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(type, rows, arena);
      float[] alone = new float[rows.length];
      for (int i = 0; i < rows.length; i++) {
        float[] one = new float[1];
        score(matrix, new int[] {i}, 1, query, one);
        alone[i] = one[0];
      }
      SplittableRandom random = new SplittableRandom(17);
      for (int trial = 0; trial < 3000; trial++) {
        // Enough rounds for the JIT to compile: compiled code must give the same bits.
        int[] chosen = random.ints(random.nextInt(1, 14), 0, rows.length).toArray();
        float[] products = new float[chosen.length];
        score(matrix, chosen, chosen.length, query, products);
        for (int i = 0; i < chosen.length; i++) {
          assertEquals(
              Float.floatToRawIntBits(alone[chosen[i]]), Float.floatToRawIntBits(products[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT16,3", "FLOAT16,64", "FLOAT16,1003", "FLOAT16,8300",
    "FLOAT32,3", "FLOAT32,64", "FLOAT32,1003", "FLOAT32,8300",
    "INT8,3", "INT8,64", "INT8,1003", "INT8,8300"
  })
  void aProductHasTheBitsOfItsRowAndQueryAlone(ElementType type, int dimension) {
    float[][] rows = gaussianRows(70, dimension, 1f, 11);
    List<float[]> queries = List.of(gaussianRows(16, dimension, 1f, 13));
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(type, rows, arena);
      float[][] alone = new float[queries.size()][rows.length];
      for (int m = 0; m < queries.size(); m++) {
        for (int i = 0; i < rows.length; i++) {
          float[] one = new float[1];
          score(matrix, new int[] {i}, 1, queries.get(m), one);
          alone[m][i] = one[0];
        }
      }
      SplittableRandom random = new SplittableRandom(17);
      // Enough rounds for the JIT to compile: compiled code must give the same bits.
      for (int trial = 0; trial < 300; trial++) {
        int first = random.nextInt(16);
        int count = random.nextInt(1, 17 - first);
        int[] chosen = random.ints(random.nextInt(1, 70), 0, rows.length).toArray();
        float[] products = new float[count * chosen.length];
        scorer()
            .prepare(type, queries.subList(first, first + count))
            .score(matrix, chosen, chosen.length, products);
        for (int at = 0; at < products.length; at++) {
          float expected = alone[first + at / chosen.length][chosen[at % chosen.length]];
          assertEquals(Float.floatToRawIntBits(expected), Float.floatToRawIntBits(products[at]));
        }
      }
    }
  }

  @Test
  void queriesAreRefusedByRowsOfAnotherType() {
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(ElementType.INT8, gaussianRows(1, 16, 1f, 1), arena);
      PreparedQueries queries = scorer().prepare(ElementType.FLOAT16, List.of(new float[16]));
      assertThrows(
          IllegalArgumentException.class, () -> queries.score(matrix, new int[1], 1, new float[1]));
    }
  }

  @Test
  void onlyTheCountedRowsAreScored() {
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(ElementType.FLOAT16, gaussianRows(3, 16, 1f, 1), arena);
      float[] products = {9, 9, 9};
      score(matrix, new int[] {0, 1, 77}, 2, new float[16], products);
      assertEquals(0f, products[1]);
      assertEquals(9f, products[2]);
    }
  }

  @Test
  void rowsAndQueriesThatDoNotFitAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(ElementType.FLOAT16, gaussianRows(3, 16, 1f, 1), arena);
      var e =
          assertThrows(
              IllegalArgumentException.class,
              () -> score(matrix, new int[1], 1, new float[15], new float[1]));
      assertTrue(e.getMessage().contains("dimension 16, the query vector has 15"), e.getMessage());
      for (int row : new int[] {-1, 3}) {
        assertThrows(
            IndexOutOfBoundsException.class,
            () -> score(matrix, new int[] {row}, 1, new float[16], new float[1]));
      }
    }
  }

  @Test
  void aClosedSegmentIsAnExceptionNotACrash() {
    Arena arena = Arena.ofShared();
    RowMatrix matrix = Rows.matrix(ElementType.FLOAT16, gaussianRows(8, 512, 1f, 1), arena);
    arena.close();
    assertThrows(
        IllegalStateException.class,
        () -> score(matrix, new int[8], 8, new float[512], new float[8]));
  }

  private void assertAgrees(ElementType type, float[][] rows, float[] query) {
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = Rows.matrix(type, rows, arena);
      float[] products = new float[rows.length];
      int[] all = IntStream.range(0, rows.length).toArray();
      score(matrix, all, rows.length, query, products);
      for (int i = 0; i < rows.length; i++) {
        float[] stored = Rows.stored(type, rows[i]);
        double sum = 0;
        double magnitudes = 0;
        for (int k = 0; k < query.length; k++) {
          sum += (double) stored[k] * query[k];
          magnitudes += Math.abs((double) stored[k] * query[k]);
        }
        // The error of float32 sums is relative to the magnitudes that cancel; plus half a
        // denormal.
        double tolerance = 1e-5 * magnitudes + Float.MIN_VALUE;
        if (Math.abs(sum) < Float.MAX_VALUE) {
          assertEquals(sum, products[i], tolerance, "row " + i);
        } else {
          assertEquals((float) sum, products[i]);
        }
      }
    }
  }

  static float[][] gaussianRows(int n, int dimension, float size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[][] rows = new float[n][dimension];
    for (float[] row : rows) {
      for (int i = 0; i < dimension; i++) {
        row[i] = (float) (Math.clamp(random.nextGaussian(), -3.0, 3.0) * size);
      }
    }
    return rows;
  }
}
