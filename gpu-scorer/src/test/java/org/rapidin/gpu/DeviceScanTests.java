package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;

/** Scans through the real JCuda, a driver without a GPU and the kernels on the CPU. */
class DeviceScanTests {
  // Of ‖q‖‖r‖: the two columns of a query keep 22 bits, sums of 64 products are float32.
  private static final double TOLERANCE = 1e-6;
  private static final int[] QUERIES = {1, 2, 5, 8, 16};

  private final Random random = new Random(7);
  private GpuScanEngine engine;

  @BeforeEach
  void open() {
    FakeCuda.reset();
    engine = engine(new GpuSettings(true, 0, 1, 2, 1, Duration.ofSeconds(20), Duration.ZERO));
  }

  static GpuScanEngine engine(GpuSettings settings) {
    GpuScanEngine engine = new GpuScanEngine(new CpuScanEngine(), settings, line -> {});
    engine.probe();
    assertEquals(State.READY, engine.stats().state(), engine.stats().reason());
    return engine;
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    engine.close();
    assertEquals(0, FakeCuda.used(0));
    assertEquals(0, FakeCuda.live());
  }

  @ParameterizedTest
  @EnumSource
  void scoresRangesAsTheOracle(ElementType type) throws IOException {
    for (int q : QUERIES) {
      TestRows rows = new TestRows(type, 150, 1 + random.nextInt(600), random);
      check(rows, q, IntStream.range(0, 150).toArray());
      check(rows, q, IntStream.range(17, 140).toArray());
    }
    check(new TestRows(type, 1, 1, random), 3, new int[] {0});
    // Rows that several blocks share.
    check(new TestRows(type, 30, RowKind.FLOAT16.perSplit() + 500, random), 3, new int[] {0, 29});
    assertEquals(0, engine.stats().fallbacks().size());
  }

  @ParameterizedTest
  @EnumSource
  void scoresListsAsTheOracle(ElementType type) throws IOException {
    TestRows rows = new TestRows(type, 301, 700, random);
    for (int q : QUERIES) {
      check(rows, q, new int[] {300});
      check(rows, q, random.ints(0, 301).distinct().limit(40).sorted().toArray());
      check(rows, q, random.ints(0, 301).distinct().limit(280).sorted().toArray());
    }
    assertEquals(0, engine.stats().fallbacks().size());
  }

  /** Each half of the buffer that rows are copied through is used twice. */
  @Test
  void rowsOfAnyNumberArriveWhole() throws IOException {
    int dimension = 4000;
    int n = 4 * (8 << 20) / (4096 * Short.BYTES) - 5;
    TestRows rows = new TestRows(ElementType.FLOAT16, n, dimension, random);
    check(rows, 1, IntStream.range(0, n).filter(row -> row % 251 == 0 || row > n - 3).toArray());
    assertEquals(n * (4096 * 2 + 4L), engine.stats().uploadedBytes());
  }

  private void check(TestRows rows, int q, int[] ordinals) throws IOException {
    List<float[]> queries = TestRows.queries(q, rows.dimension(), random);
    float[] products = products(rows, queries, ordinals);
    for (int m = 0; m < q; m++) {
      double norm = norm(queries.get(m));
      for (int i = 0; i < ordinals.length; i++) {
        assertEquals(
            rows.product(ordinals[i], queries.get(m)),
            products[m * ordinals.length + i],
            TOLERANCE * norm * rows.norm(ordinals[i]));
      }
    }
  }

  private float[] products(TestRows rows, List<float[]> queries, int[] ordinals)
      throws IOException {
    float[] products = new float[queries.size() * ordinals.length];
    try (DeviceScan scan = assertInstanceOf(DeviceScan.class, engine.open(rows, queries))) {
      scan.score(ordinals, ordinals.length, products);
    }
    return products;
  }

  private static double norm(float[] vector) {
    double sum = 0;
    for (float value : vector) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  /** Neither the other queries of a pass nor the rows that are scored with it matter. */
  @ParameterizedTest
  @EnumSource
  void aProductHasTheSameBitsInEveryPass(ElementType type) throws IOException {
    int dimension = RowKind.FLOAT16.perSplit() + 100;
    TestRows rows = new TestRows(type, 40, dimension, random);
    List<float[]> queries = TestRows.queries(16, dimension, random);
    int[] all = IntStream.range(0, 40).toArray();
    float[] together = products(rows, queries, all);
    for (int q : QUERIES) {
      float[] some = products(rows, queries.subList(0, q), all);
      assertArrayEquals(Arrays.copyOf(together, q * 40), some);
      int[] few = {3, 16, 39};
      float[] listed = products(rows, queries.subList(0, q), few);
      for (int m = 0; m < q; m++) {
        for (int i = 0; i < few.length; i++) {
          assertEquals(together[m * 40 + few[i]], listed[m * few.length + i]);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void findsTheTopRowsByProductThenOrdinal(ElementType type) throws IOException {
    int n = 9000;
    // Few distinct products, so that most of them are ties.
    TestRows rows = new TestRows(type, n, 1, random);
    List<float[]> queries = List.of(new float[] {0.5f}, new float[] {-2}, new float[] {0});
    int[] all = IntStream.range(0, n).toArray();
    float[] products = products(rows, queries, all);
    BitSet most = new BitSet(n);
    BitSet few = new BitSet(n);
    for (int i = 0; i < n; i++) {
      most.set(i, random.nextInt(5) > 0);
      few.set(i, random.nextInt(5) == 0);
    }
    BitSet every = new BitSet(n);
    every.set(0, n);
    try (DeviceScan scan = assertInstanceOf(DeviceScan.class, engine.open(rows, queries))) {
      for (int k : new int[] {10, 2048}) {
        checkTop(scan.top(k).orElseThrow(), products, k, every);
        checkTop(scan.top(k, words(most, n)).orElseThrow(), products, k, most);
        checkTop(scan.top(k, words(few, n)).orElseThrow(), products, k, few);
        checkTop(scan.top(k, words(new BitSet(), n)).orElseThrow(), products, k, new BitSet());
      }
    }
  }

  private static long[] words(BitSet bits, int n) {
    return Arrays.copyOf(bits.toLongArray(), Math.ceilDiv(n, 64));
  }

  private static void checkTop(List<TopRows> top, float[] products, int k, BitSet accepted) {
    int n = products.length / top.size();
    for (int m = 0; m < top.size(); m++) {
      int first = m * n;
      // + 0: the two zeros are equal.
      int[] wanted =
          accepted.stream()
              .boxed()
              .sorted(
                  Comparator.comparing((Integer row) -> -(products[first + row] + 0f))
                      .thenComparing(row -> row))
              .limit(k)
              .mapToInt(row -> row)
              .toArray();
      assertArrayEquals(wanted, top.get(m).rows());
      for (int i = 0; i < wanted.length; i++) {
        assertEquals(products[first + wanted[i]] + 0f, top.get(m).products()[i]);
      }
    }
  }

  @Test
  void statesWhatItDid() throws IOException {
    TestRows rows = new TestRows(ElementType.FLOAT16, 10, 512, random);
    check(rows, 2, IntStream.range(0, 10).toArray());
    GpuStats stats = engine.stats();
    assertEquals("Fake device 0", stats.devices().get(0).name());
    assertEquals("9.0", stats.devices().get(0).computeCapability());
    assertEquals("13.0", stats.driver());
    assertEquals(1, stats.residentSegments());
    assertEquals(10, stats.residentRows());
    assertEquals(1, stats.scans());
    assertEquals(1, stats.passes());
    assertEquals(20, stats.rowsScored());
    assertEquals(10 * (512 * 2 + 4), stats.uploadedBytes());
    assertEquals(FakeCuda.used(0), stats.devices().get(0).memoryUsedBytes());
  }
}
