package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.Scan;

/** A device with less memory than its limit says, while many scans run at once. */
class FullDeviceTests extends DeviceFaultTestCase {
  private static final int THREADS = 16;
  private static final int ROUNDS = 3;
  private static final int QUERIES = 2;
  private static final long LANE_BYTES = 1 << 16;

  private static final Set<String> REASONS =
      Set.of(
          "out_of_memory", "memory_in_use", "larger_than_memory_limit", "lanes_busy", "uploading");

  /**
   * Without room for scratch memory next to one segment and a half no pass can run; with it, some
   * can.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void scansThatFindNoMemoryRunOnTheCpuAndAreCounted(int lanes) throws Exception {
    open(0);
    FakeCuda.capacity(0, lanes * LANE_BYTES + SEGMENT_BYTES * 3 / 2);
    List<TestRows> segments = Stream.generate(this::rows).limit(THREADS).toList();
    CyclicBarrier allOpen = new CyclicBarrier(THREADS);
    inThreads(
        i -> {
          Random own = new Random(i);
          List<float[]> queries = TestRows.queries(QUERIES, K, own);
          try (Scan scan = engine.open(segments.get(i), queries)) {
            // None can be evicted for another: at least one finds no memory.
            allOpen.await(1, TimeUnit.MINUTES);
            check(segments.get(i), scan, queries);
          }
          for (int scan = 0; scan < ROUNDS * THREADS; scan++) {
            check(segments.get(own.nextInt(THREADS)), TestRows.queries(QUERIES, K, own));
          }
        });
    GpuStats stats = engine.stats();
    assertEquals(State.READY, stats.state());
    assertTrue(stats.fallbacks().containsKey("out_of_memory"), stats::toString);
    assertTrue(REASONS.containsAll(stats.fallbacks().keySet()), stats::toString);
    long onDevice = stats.rowsScored() / (QUERIES * N);
    assertEquals(lanes > 0, onDevice > 0, stats::toString);
    long onCpu = stats.fallbacks().values().stream().mapToLong(Long::longValue).sum();
    assertEquals(THREADS * (1 + ROUNDS * THREADS), onDevice + onCpu, stats::toString);
    assertEquals(FakeCuda.used(0), stats.devices().get(0).memoryUsedBytes());
    assertGoesOnWithMoreMemory(stats.fallbacks());
  }

  private void assertGoesOnWithMoreMemory(Map<String, Long> before) throws Exception {
    FakeCuda.capacity(0, FakeCuda.CAPACITY);
    engine.configure(settings(0));
    long passes = engine.stats().passes();
    check(rows());
    assertEquals(passes + 1, engine.stats().passes());
    assertEquals(before, fallbacks());
  }

  private interface Work {
    void run(int thread) throws Exception;
  }

  private static void inThreads(Work work) throws Exception {
    List<Callable<Void>> all = new ArrayList<>();
    for (int i = 0; i < THREADS; i++) {
      int thread = i;
      all.add(
          () -> {
            work.run(thread);
            return null;
          });
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      for (Future<Void> done : threads.invokeAll(all)) {
        done.get();
      }
    }
  }
}
