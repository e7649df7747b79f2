package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

/** Engines on the emulated driver, which fails where a test says; nothing may be left on it. */
abstract class DeviceFaultTestCase {
  static final int OUT_OF_MEMORY = 2;
  static final int INVALID_VALUE = 1;
  static final int N = 20;
  static final int K = 512;
  static final long SEGMENT_BYTES = N * (2L * K + 4);
  // Scratch memory of the lanes, which grows in powers of two.
  static final long SCRATCH_BYTES = 1 << 20;

  final Random random = new Random(11);
  GpuScanEngine engine;

  @BeforeEach
  void reset() {
    FakeCuda.reset();
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    engine.close();
    assertEquals(0, FakeCuda.used(0) + FakeCuda.used(1));
    assertEquals(0, FakeCuda.live());
  }

  void open(long limitBytes) {
    engine = DeviceScanTests.engine(settings(limitBytes));
  }

  static GpuSettings settings(long limitBytes) {
    return new GpuSettings(true, limitBytes, 1, 2, 1, Duration.ofMillis(300), Duration.ZERO);
  }

  TestRows rows() {
    return new TestRows(ElementType.FLOAT16, N, K, random);
  }

  /** Scores all rows and compares them with the oracle. */
  void check(TestRows rows) throws IOException {
    check(rows, TestRows.queries(2, K, random));
  }

  void check(TestRows rows, List<float[]> queries) throws IOException {
    try (Scan scan = engine.open(rows, queries)) {
      check(rows, scan, queries);
    }
  }

  static void check(TestRows rows, Scan scan, List<float[]> queries) throws IOException {
    int n = rows.rows();
    float[] products = new float[queries.size() * n];
    scan.score(IntStream.range(0, n).toArray(), n, products);
    for (int m = 0; m < queries.size(); m++) {
      for (int i = 0; i < n; i++) {
        double wanted = rows.product(i, queries.get(m));
        assertEquals(wanted, products[m * n + i], 1e-3 * (1 + Math.abs(wanted)));
      }
    }
  }

  Map<String, Long> fallbacks() {
    return engine.stats().fallbacks();
  }
}
