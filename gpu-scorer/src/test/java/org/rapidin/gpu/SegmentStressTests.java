package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.junit.jupiter.api.Test;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

/** Many threads, little memory, segments that are closed while they are scored. */
class SegmentStressTests {
  private static final int THREADS = 8;
  private static final int ROUNDS = 10_000;
  private static final int SEGMENTS = 12;
  private static final int N = 12;
  private static final int K = 40;
  private static final long SEGMENT_BYTES = N * (2L * RowKind.FLOAT16.multiple() + 4);

  // Room for a few segments on each device next to the scratch memory of two lanes.
  private static final GpuSettings SETTINGS =
      new GpuSettings(
          true, 2 * (1 << 16) + 5 * SEGMENT_BYTES, 1, 2, 1, Duration.ofSeconds(2), Duration.ZERO);

  private final AtomicReferenceArray<Segment> segments = new AtomicReferenceArray<>(SEGMENTS);
  private final AtomicInteger rounds = new AtomicInteger();

  /** A segment can be closed at any time but not while a scan of it is opened, as in Lucene. */
  private static final class Segment {
    final TestRows rows;
    private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Segment(Random random) {
      ElementType[] types = ElementType.values();
      rows = new TestRows(types[random.nextInt(types.length)], N, K, random);
    }

    Scan open(GpuScanEngine engine, List<float[]> queries) throws IOException {
      lock.readLock().lock();
      try {
        return closed ? null : engine.open(rows, queries);
      } finally {
        lock.readLock().unlock();
      }
    }

    void close() {
      lock.writeLock().lock();
      try {
        closed = true;
        rows.segment().close();
      } finally {
        lock.writeLock().unlock();
      }
    }
  }

  @Test
  void closingSegmentsWhileTheyAreScoredNeitherChangesAResultNorLeaksAByte() throws Exception {
    FakeCuda.reset(2, FakeCuda.CAPACITY);
    GpuScanEngine engine = DeviceScanTests.engine(SETTINGS);
    Random random = new Random(1);
    for (int i = 0; i < SEGMENTS; i++) {
      segments.set(i, new Segment(random));
    }
    int wrong = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<Integer>> results = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Random own = new Random(i);
        results.add(threads.submit(() -> run(engine, own)));
      }
      for (Future<Integer> result : results) {
        wrong += result.get();
      }
    }
    GpuStats stats = engine.stats();
    assertEquals(0, wrong, stats::toString);
    assertTrue(stats.evictions() > 100, stats::toString);
    assertTrue(stats.passes() > ROUNDS / 2, stats::toString);
    Set<String> expected =
        Set.of("memory_in_use", "out_of_memory", "uploading", "lanes_busy", "device_error");
    assertTrue(expected.containsAll(stats.fallbacks().keySet()), stats::toString);
    engine.close();
    assertEquals(0, FakeCuda.used(0) + FakeCuda.used(1));
    assertEquals(0, FakeCuda.live());
  }

  /** Returns how many products were wrong. */
  private int run(GpuScanEngine engine, Random random) throws IOException {
    int wrong = 0;
    for (int round = rounds.incrementAndGet(); round <= ROUNDS; round = rounds.incrementAndGet()) {
      int slot = random.nextInt(SEGMENTS);
      Segment segment = segments.get(slot);
      List<float[]> queries = TestRows.queries(1 + random.nextInt(3), K, random);
      try (Scan scan = segment.open(engine, queries)) {
        if (scan != null) {
          if (random.nextInt(4) == 0) {
            segments.set(slot, new Segment(random));
            segment.close();
          }
          wrong += score(segment.rows, scan, queries, random);
        }
      }
      if (round % 500 == 0) {
        FakeCuda.fail("cuMemAlloc", random.nextInt(5), 2, 1 + random.nextInt(3));
        FakeCuda.fail("cuLaunchKernel", random.nextInt(50), 1, 1);
        // Failures lower the limit, which would end the test's purpose.
        engine.configure(SETTINGS);
      }
    }
    return wrong;
  }

  private static int score(TestRows rows, Scan scan, List<float[]> queries, Random random)
      throws IOException {
    int[] wanted =
        random.nextBoolean()
            ? random.ints(0, N).distinct().limit(4).sorted().toArray()
            : random.ints(0, N).distinct().limit(N).sorted().toArray();
    float[] products = new float[queries.size() * wanted.length];
    scan.score(wanted, wanted.length, products);
    int wrong = 0;
    for (int m = 0; m < queries.size(); m++) {
      for (int i = 0; i < wanted.length; i++) {
        double right = rows.product(wanted[i], queries.get(m));
        wrong +=
            Math.abs(right - products[m * wanted.length + i]) < 1e-3 * (1 + Math.abs(right))
                ? 0
                : 1;
      }
    }
    return wrong;
  }
}
