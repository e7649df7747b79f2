package org.rapidin.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.Scan;

/** Memory of devices: what is evicted, and when a scan goes to the CPU instead. */
class EvictionTests extends DeviceFaultTestCase {
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
}
