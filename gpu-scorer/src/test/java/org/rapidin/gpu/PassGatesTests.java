package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

class PassGatesTests {
  private static final int N = 20;
  private static final int K = 300;
  private static final int[] ALL = IntStream.range(0, N).toArray();
  // More than a half, so that a pass over all rows serves them too.
  private static final int[] MOST = IntStream.range(0, N).filter(row -> row % 4 > 0).toArray();

  private final Random random = new Random(3);
  private final TestRows rows = new TestRows(ElementType.FLOAT16, N, K, random);
  private GpuScanEngine engine;

  @BeforeEach
  void open() throws IOException {
    FakeCuda.reset();
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, 0, 1, 2, 1, Duration.ofSeconds(20), Duration.ZERO));
    engine.warm(rows);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  /** Starts one scan, then others while it runs, and returns how many passes there were. */
  private long passes(List<List<float[]>> scans) throws Exception {
    List<float[]> alone = new ArrayList<>();
    for (int i = 0; i < scans.size(); i++) {
      alone.add(products(scans.get(i), i % 2 == 0 ? ALL : MOST));
    }
    long before = engine.stats().passes();
    FakeCuda.delayMicros(500_000);
    try (ExecutorService threads = Executors.newFixedThreadPool(scans.size())) {
      List<Future<float[]>> together = new ArrayList<>();
      for (int i = 0; i < scans.size(); i++) {
        List<float[]> queries = scans.get(i);
        int[] wanted = i % 2 == 0 ? ALL : MOST;
        together.add(threads.submit(() -> products(queries, wanted)));
        Thread.sleep(i == 0 ? 150 : 10);
      }
      for (int i = 0; i < scans.size(); i++) {
        assertArrayEquals(alone.get(i), together.get(i).get());
      }
    }
    return engine.stats().passes() - before;
  }

  private float[] products(List<float[]> queries, int[] wanted) throws IOException {
    float[] products = new float[queries.size() * wanted.length];
    try (Scan scan = engine.open(rows, queries)) {
      scan.score(wanted, wanted.length, products);
    }
    return products;
  }

  private List<List<float[]>> scans(int... queries) {
    return IntStream.of(queries).mapToObj(q -> TestRows.queries(q, K, random)).toList();
  }

  @Test
  void scansThatArriveDuringAPassShareTheNext() throws Exception {
    assertEquals(2, passes(scans(1, 2, 5, 1, 8)));
  }

  @Test
  void aScanThatDoesNotFitHasAPassToItself() throws Exception {
    assertEquals(3, passes(scans(16, 9, 8)));
  }

  @Test
  void ifAPassFailsAllItsScansGoOnOnTheCpu() throws Exception {
    FakeCuda.delayMicros(500_000);
    List<List<float[]>> scans = scans(1, 2, 3);
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<float[]>> together = new ArrayList<>();
      for (List<float[]> queries : scans) {
        together.add(threads.submit(() -> products(queries, ALL)));
        Thread.sleep(100);
        // The first pass was started: prepare, score and finish.
        FakeCuda.fail("cuLaunchKernel", 0, 1, 1);
      }
      for (int i = 0; i < scans.size(); i++) {
        float[] products = together.get(i).get();
        for (int j = 0; j < products.length; j++) {
          double wanted = rows.product(j % N, scans.get(i).get(j / N));
          assertEquals(wanted, products[j], 1e-3 * (1 + Math.abs(wanted)));
        }
      }
    }
    assertEquals(Map.of("device_error", 2L), engine.stats().fallbacks());
  }
}
