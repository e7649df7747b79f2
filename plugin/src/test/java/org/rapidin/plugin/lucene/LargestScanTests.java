package org.rapidin.plugin.lucene;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;
import org.rapidin.scorer.RowPiece;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentKey;
import org.rapidin.scorer.SegmentRows;

/** The largest and the smallest product of each row, against plain loops. */
class LargestScanTests {
  private static final int K = 64;
  private static final int ROWS = 100;

  /** A matrix as the rows of a segment. */
  private record Rows(RowMatrix matrix) implements SegmentRows {
    @Override
    public ElementType elementType() {
      return matrix.elementType();
    }

    @Override
    public int rows() {
      return matrix.rows();
    }

    @Override
    public int dimension() {
      return matrix.dimension();
    }

    @Override
    public List<RowPiece> mapped() {
      return List.of();
    }

    @Override
    public void read(
        int first, int count, MemorySegment values, long stride, MemorySegment scales) {
      matrix.read(first, count, values, stride, scales);
    }

    @Override
    public Optional<SegmentKey> key() {
      return Optional.empty();
    }
  }

  private static float[] noise(long seed) {
    Random random = new Random(seed);
    float[] vector = new float[K];
    for (int k = 0; k < K; k++) {
      vector[k] = (float) random.nextGaussian();
    }
    return vector;
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < K; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  @Test
  void aRowHasTheProductThatCounts() throws IOException {
    List<HitRow> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(new HitRow(ElementType.FLOAT32, K, ElementType.FLOAT32.encode(noise(i))));
    }
    try (Arena arena = Arena.ofConfined()) {
      Rows matrix = new Rows(HitRow.matrix(rows, arena));
      for (int count : new int[] {1, 2, 16, 17, 33}) {
        List<float[]> queries = new ArrayList<>();
        for (int q = 0; q < count; q++) {
          queries.add(noise(1000 + q));
        }
        check(matrix, queries, false);
        check(matrix, queries, true);
      }
    }
  }

  /** Some rows only, in two calls. */
  private static void check(SegmentRows matrix, List<float[]> queries, boolean smallest)
      throws IOException {
    try (Scan scan = LargestScan.open(new CpuScanEngine(), matrix, queries, smallest)) {
      for (int[] some : List.of(new int[] {3, 4, 50, 99}, new int[] {0})) {
        float[] found = new float[some.length];
        scan.score(some, some.length, found);
        for (int i = 0; i < some.length; i++) {
          float[] row = noise(some[i]);
          double wanted = product(row, queries.getFirst());
          for (float[] query : queries) {
            double product = product(row, query);
            wanted = smallest ? Math.min(wanted, product) : Math.max(wanted, product);
          }
          assertEquals(wanted, found[i], 1e-4);
        }
      }
    }
  }

  /** A device may run out of memory for the second group of queries. */
  @Test
  void whatWasOpenedIsClosedWhereMoreCannotBe() throws IOException {
    List<float[]> queries = new ArrayList<>();
    for (int q = 0; q < 17; q++) {
      queries.add(noise(q));
    }
    try (Arena arena = Arena.ofConfined()) {
      HitRow row = new HitRow(ElementType.FLOAT32, K, ElementType.FLOAT32.encode(noise(1)));
      Rows matrix = new Rows(HitRow.matrix(List.of(row), arena));
      int[] closed = new int[1];
      ScanEngine failing =
          (rows, some) -> {
            if (some.size() == 1) {
              throw new IOException("no room");
            }
            return new Scan() {
              @Override
              public int preferredRows() {
                return 1;
              }

              @Override
              public void score(int[] ordinals, int count, float[] products) {}

              @Override
              public void close() {
                closed[0]++;
              }
            };
          };
      assertThrows(IOException.class, () -> LargestScan.open(failing, matrix, queries, false));
      assertEquals(1, closed[0]);
    }
  }
}
