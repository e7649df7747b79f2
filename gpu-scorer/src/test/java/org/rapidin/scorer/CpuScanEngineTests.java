package org.rapidin.scorer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CpuScanEngineTests {
  private static final int DIMENSION = 1003;
  private static final int ROWS = 203;

  private final ScanEngine engine = new CpuScanEngine();

  @ParameterizedTest
  @CsvSource({
    "FLOAT16,true",
    "FLOAT16,false",
    "FLOAT32,true",
    "FLOAT32,false",
    "INT8,true",
    "INT8,false"
  })
  void manyQueriesGiveTheBitsOfEachAlone(ElementType type, boolean mapped) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      RowMatrix matrix = matrix(type, arena);
      SegmentRows rows = new MatrixRows(matrix, mapped);
      SplittableRandom random = new SplittableRandom(23);
      for (int q : new int[] {1, 2, 5, 16}) {
        List<float[]> queries =
            Arrays.asList(InnerProductScorerTestCase.gaussianRows(q, DIMENSION, 1f, q));
        int[] chosen = random.ints(random.nextInt(1, ROWS), 0, ROWS).sorted().toArray();
        float[] products = score(rows, queries, chosen);
        for (int m = 0; m < q; m++) {
          float[] alone = new float[chosen.length];
          InnerProductScorers.best()
              .prepare(type, List.of(queries.get(m)))
              .score(matrix, chosen, chosen.length, alone);
          assertArrayEquals(
              alone,
              Arrays.copyOfRange(products, m * chosen.length, (m + 1) * chosen.length),
              0f,
              "query " + m + " of " + q);
        }
      }
    }
  }

  @Test
  void onlyTheCountedRowsAreScored() throws IOException {
    try (Arena arena = Arena.ofConfined();
        Scan scan = open(arena, Collections.nCopies(2, new float[DIMENSION]))) {
      float[] products = {9, 9, 9, 9, 9};
      scan.score(new int[] {0, 5, 7777}, 2, products);
      assertArrayEquals(new float[] {0, 0, 0, 0, 9}, products);
    }
  }

  @Test
  void queriesThatDoNotFitAreRefused() {
    try (Arena arena = Arena.ofConfined()) {
      for (int count : new int[] {0, ScanEngine.MAX_QUERIES + 1}) {
        var e =
            assertThrows(
                IllegalArgumentException.class,
                () -> open(arena, Collections.nCopies(count, new float[DIMENSION])));
        assertEquals("a scan takes 1 to 16 queries, got " + count, e.getMessage());
      }
      var e =
          assertThrows(
              IllegalArgumentException.class, () -> open(arena, List.of(new float[DIMENSION - 1])));
      assertEquals("the rows have dimension 1003, the query vector has 1002", e.getMessage());
    }
  }

  @Test
  void aClosedSegmentIsAnExceptionNotACrash() throws IOException {
    Arena arena = Arena.ofShared();
    try (Scan scan = open(arena, List.of(new float[DIMENSION]))) {
      arena.close();
      assertThrows(
          IllegalStateException.class, () -> scan.score(new int[] {0, 1}, 2, new float[2]));
    }
  }

  private Scan open(Arena arena, List<float[]> queries) throws IOException {
    return engine.open(new MatrixRows(matrix(ElementType.FLOAT16, arena), true), queries);
  }

  private float[] score(SegmentRows rows, List<float[]> queries, int[] chosen) throws IOException {
    float[] products = new float[queries.size() * chosen.length];
    try (Scan scan = engine.open(rows, queries)) {
      scan.score(chosen, chosen.length, products);
    }
    return products;
  }

  private static RowMatrix matrix(ElementType type, Arena arena) {
    return Rows.matrix(
        type, InnerProductScorerTestCase.gaussianRows(ROWS, DIMENSION, 1f, 21), arena);
  }
}
