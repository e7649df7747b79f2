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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.gpu.GpuStats.State;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.Scan;

/** What goes wrong on a device costs speed and a count, never a result. */
class FailureTests extends DeviceFaultTestCase {
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
