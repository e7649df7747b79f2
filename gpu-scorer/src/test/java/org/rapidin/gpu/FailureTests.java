package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

/** What goes wrong on a device costs speed and a count, never a result. */
class FailureTests {
  private static final int OUT_OF_MEMORY = 2;
  private static final int INVALID_VALUE = 1;
  private static final int N = 20;
  private static final int K = 512;
  private static final long SEGMENT_BYTES = N * (2L * K + 4);
  // Scratch memory of the lanes, which grows in powers of two.
  private static final long SCRATCH_BYTES = 1 << 20;

  private final Random random = new Random(11);
  private GpuScanEngine engine;

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

  private void open(long limitBytes) {
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, limitBytes, 1, 2, 1, Duration.ofMillis(300), Duration.ZERO));
  }

  private TestRows rows() {
    return new TestRows(ElementType.FLOAT16, N, K, random);
  }

  /** Scores all rows and compares them with the oracle. */
  private void check(TestRows rows) throws IOException {
    List<float[]> queries = TestRows.queries(2, K, random);
    try (Scan scan = engine.open(rows, queries)) {
      check(rows, scan, queries);
    }
  }

  private static void check(TestRows rows, Scan scan, List<float[]> queries) throws IOException {
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

  private Map<String, Long> fallbacks() {
    return engine.stats().fallbacks();
  }

  @Test
  void aSegmentThatIsUsedAgainEvictsTheOldest() throws IOException {
    open(2 * SEGMENT_BYTES + SCRATCH_BYTES);
    List<TestRows> segments = List.of(rows(), rows(), rows());
    engine.warm(segments.get(0));
    // The lane's scratch memory is allocated while there is still room.
    check(segments.get(0));
    engine.configure(
        new GpuSettings(
            true,
            FakeCuda.used(0) + SEGMENT_BYTES,
            1,
            2,
            1,
            Duration.ofMillis(300),
            Duration.ZERO));
    check(segments.get(1));
    check(segments.get(0));
    check(segments.get(2));
    assertEquals(1, engine.stats().evictions());
    assertEquals(3 * SEGMENT_BYTES, engine.stats().uploadedBytes());
    check(segments.get(0));
    assertEquals(3 * SEGMENT_BYTES, engine.stats().uploadedBytes());
    check(segments.get(1));
    assertEquals(4 * SEGMENT_BYTES, engine.stats().uploadedBytes());
    assertEquals(Map.of(), fallbacks());
  }

  /** Otherwise searches over more segments than fit would copy every one of them each time. */
  @Test
  void aSegmentThatWasJustUsedIsNotEvictedForAnother() throws IOException {
    long limit = 2 * SEGMENT_BYTES + (1 << 16);
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, limit, 1, 1, 1, Duration.ofMillis(300), Duration.ofMinutes(1)));
    List<TestRows> segments = List.of(rows(), rows(), rows());
    for (int round = 0; round < 5; round++) {
      for (TestRows rows : segments) {
        check(rows);
      }
    }
    assertEquals(2 * SEGMENT_BYTES, engine.stats().uploadedBytes());
    assertEquals(Map.of("memory_in_use", 5L), fallbacks());
    segments.get(0).segment().close();
    check(segments.get(2));
    assertEquals(3 * SEGMENT_BYTES, engine.stats().uploadedBytes());
  }

  @Test
  void aSegmentLargerThanTheLimitIsScannedOnTheCpu() throws IOException {
    open(SEGMENT_BYTES - 1);
    check(rows());
    assertEquals(Map.of("larger_than_memory_limit", 1L), fallbacks());
  }

  @Test
  void aSegmentInUseIsNotEvicted() throws IOException {
    open(SEGMENT_BYTES + SCRATCH_BYTES);
    TestRows used = rows();
    List<float[]> queries = TestRows.queries(1, K, random);
    try (Scan scan = engine.open(used, queries)) {
      check(used, scan, queries);
      engine.configure(
          new GpuSettings(true, FakeCuda.used(0), 1, 2, 1, Duration.ofMillis(300), Duration.ZERO));
      check(rows());
      assertEquals(Map.of("memory_in_use", 1L), fallbacks());
      check(used, scan, queries);
    }
  }

  @Test
  void aLowerLimitEvicts() throws IOException {
    open(0);
    engine.warm(rows());
    engine.warm(rows());
    engine.configure(
        new GpuSettings(true, SEGMENT_BYTES, 1, 2, 1, Duration.ofMillis(300), Duration.ZERO));
    assertEquals(1, engine.stats().residentSegments());
    assertEquals(SEGMENT_BYTES, FakeCuda.used(0));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void anAllocationThatFailsOnceIsRepeated(int before) throws IOException {
    open(0);
    FakeCuda.fail("cuMemAlloc", before, OUT_OF_MEMORY, 1);
    for (int i = 0; i < 4; i++) {
      check(rows());
    }
    assertEquals(Map.of(), fallbacks());
  }

  @Test
  void aDriverWithoutMemoryLowersTheLimit() throws IOException {
    open(0);
    check(rows());
    long used = FakeCuda.used(0);
    FakeCuda.capacity(0, used + SEGMENT_BYTES / 2);
    long limit = engine.stats().devices().get(0).memoryLimitBytes();
    TestRows inUse = rows();
    check(inUse);
    assertEquals(1, engine.stats().evictions());
    List<float[]> queries = TestRows.queries(1, K, random);
    try (Scan scan = engine.open(inUse, queries)) {
      check(rows());
      check(inUse, scan, queries);
    }
    assertEquals(Map.of("out_of_memory", 1L), fallbacks());
    assertTrue(engine.stats().devices().get(0).memoryLimitBytes() < limit);
    assertEquals(State.READY, engine.stats().state());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuMemcpyHtoDAsync",
        "cuMemcpyDtoHAsync",
        "cuLaunchKernel",
        "cuStreamSynchronize",
        "cuMemAlloc",
        "cuMemAllocHost",
        "cuStreamCreate",
        "cuEventCreate",
        "cuEventRecord",
        "cuEventSynchronize",
        "cuCtxSetCurrent"
      })
  void aCallThatFailsIsCountedAndTheScanGoesOnOnTheCpu(String call) throws IOException {
    for (int before = 0; before < 6; before++) {
      FakeCuda.reset();
      open(0);
      FakeCuda.fail(call, before, INVALID_VALUE, 1);
      for (int i = 0; i < 3; i++) {
        check(rows());
      }
      GpuStats stats = engine.stats();
      boolean happened = FakeCuda.calls(call) > before;
      assertEquals(happened ? Map.of("device_error", 1L) : Map.of(), stats.fallbacks());
      assertEquals(State.READY, stats.state());
      engine.close();
      assertEquals(0, FakeCuda.used(0));
      assertEquals(0, FakeCuda.live());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {700, 702, 709, 714, 716, 719, 720, 999})
  void anErrorThatEveryLaterCallReturnsDisablesTheDevice(int code) throws IOException {
    open(0);
    check(rows());
    TestRows rows = rows();
    List<float[]> queries = TestRows.queries(2, K, random);
    try (Scan scan = engine.open(rows, queries)) {
      FakeCuda.fail("cuLaunchKernel", 1, code, 1);
      check(rows, scan, queries);
      assertEquals(64, scan.preferredRows());
      check(rows, scan, queries);
    }
    assertEquals(State.DISABLED, engine.stats().state());
    assertTrue(engine.stats().reason().contains("CUDA_ERROR"), engine.stats().reason());
    assertEquals(0, engine.stats().residentSegments());
    check(rows());
    assertEquals(Map.of("device_error", 1L, "disabled", 1L), fallbacks());
  }

  @Test
  void busyLanesSendScansToTheCpu() throws Exception {
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, 0, 1, 1, 1, Duration.ofMillis(20), Duration.ZERO));
    List<TestRows> segments = List.of(rows(), rows());
    for (TestRows rows : segments) {
      engine.warm(rows);
    }
    FakeCuda.delayMicros(600_000);
    Thread slow = Thread.ofPlatform().start(() -> assertNoThrow(() -> check(segments.get(0))));
    Thread.sleep(200);
    check(segments.get(1));
    slow.join();
    assertEquals(Map.of("lanes_busy", 1L), fallbacks());
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void assertNoThrow(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void rowsThatCannotBeReadAreAnErrorAndFreeTheirMemory() throws IOException {
    open(0);
    TestRows broken =
        new TestRows(ElementType.FLOAT16, N, K, random) {
          @Override
          public void read(
              int first, int count, MemorySegment values, long stride, MemorySegment scales)
              throws IOException {
            throw new IOException("broken");
          }
        };
    assertThrows(IOException.class, () -> check(broken));
    assertEquals(0, FakeCuda.used(0));
  }

  @Test
  void smallSegmentsStayOnTheCpu() throws IOException {
    engine =
        DeviceScanTests.engine(
            new GpuSettings(true, 0, 1, 1, N + 1, Duration.ofMillis(20), Duration.ZERO));
    check(rows());
    assertEquals(Map.of("few_rows", 1L), fallbacks());
    assertEquals(0, engine.stats().scans());
  }

  @Test
  void nothingIsUsedBeforeTheProbeOrIfDisabled() throws IOException {
    engine =
        new GpuScanEngine(
            new CpuScanEngine(),
            new GpuSettings(true, 0, 1, 1, 1, Duration.ofMillis(20), Duration.ZERO),
            line -> {});
    check(rows());
    assertEquals(Map.of("not_probed", 1L), fallbacks());
    engine.configure(new GpuSettings(false, 0, 1, 1, 1, Duration.ofMillis(20), Duration.ZERO));
    engine.probe();
    check(rows());
    assertEquals(State.NOT_PROBED, engine.stats().state());
    assertEquals(Map.of("not_probed", 1L), fallbacks());
  }

  @Test
  void segmentsGoWhereBytesAreFree() throws IOException {
    FakeCuda.reset(2, 10 * SCRATCH_BYTES);
    open(3 * SCRATCH_BYTES);
    for (int i = 0; i < 4; i++) {
      check(rows());
    }
    GpuStats stats = engine.stats();
    assertEquals(2, stats.devices().size());
    assertEquals(4, stats.residentSegments());
    assertEquals(Map.of(), stats.fallbacks());
    assertEquals(FakeCuda.used(0), stats.devices().get(0).memoryUsedBytes());
    assertEquals(FakeCuda.used(0), FakeCuda.used(1));
  }

  @Test
  void aClosedSegmentIsFreedWhenItsLastScanEnds() throws IOException {
    open(0);
    TestRows rows = rows();
    List<float[]> queries = TestRows.queries(2, K, random);
    try (Scan scan = engine.open(rows, queries)) {
      check(rows, scan, queries);
      rows.segment().close();
      assertEquals(0, engine.stats().residentSegments());
      check(rows, scan, queries);
    }
    TestRows idle = rows();
    engine.warm(idle);
    long used = FakeCuda.used(0);
    idle.segment().close();
    assertEquals(used - SEGMENT_BYTES, FakeCuda.used(0));
    assertEquals(Map.of(), fallbacks());
  }

  @Test
  void rowsOutsideOfTheSegmentAreRefused() throws IOException {
    open(0);
    TestRows rows = rows();
    try (Scan scan =
        assertInstanceOf(DeviceScan.class, engine.open(rows, TestRows.queries(1, K, random)))) {
      for (int[] wrong : new int[][] {{-1}, {N}, {3, 2}, {4, 4}}) {
        assertThrows(
            IllegalArgumentException.class,
            () -> scan.score(wrong, wrong.length, new float[wrong.length]));
      }
    }
    assertFalse(fallbacks().containsKey("device_error"));
  }
}
