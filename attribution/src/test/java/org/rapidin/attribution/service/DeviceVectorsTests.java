package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compressor.SketchCompressor;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.gpu.FakeCuda;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSettings;
import org.rapidin.scorer.CpuScanEngine;

/**
 * Vectors of an attributor that sketches on a device are those of one that does in main memory. The
 * fake driver reads tensors of the CPU where they are.
 */
class DeviceVectorsTests extends AttributorTestCase {
  private static final int ILLEGAL_ADDRESS = 700;

  private final GpuScanEngine engine =
      new GpuScanEngine(
          new CpuScanEngine(),
          new GpuSettings(true, 0, 1, 1, 1, Duration.ofSeconds(1), Duration.ZERO),
          line -> {});

  @BeforeEach
  void offerADevice() {
    FakeCuda.reset();
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    assertEquals(0, engine.stats().devices().getFirst().memoryUsedBytes());
    engine.close();
  }

  private Attributor openOnDevice(AttributorSpec spec) throws IOException {
    return open(
        spec,
        model ->
            SketchCompressor.onDevice(
                new StreamingSketch(spec.dimension(), 42),
                model.layout(),
                engine,
                0,
                model.kernels().orElseThrow()));
  }

  private static void assertSame(List<GradientResult> wanted, List<GradientResult> got) {
    for (int i = 0; i < wanted.size(); i++) {
      assertArrayEquals(vector(wanted.get(i)), vector(got.get(i)), 1e-6f);
    }
  }

  /** All parameters: a table that is embedding and head at once, norms, matrices. */
  @ParameterizedTest
  @ValueSource(strings = {"adapter", "*"})
  void vectorsOfDocumentsAreTheSame(String parameters) throws IOException {
    AttributorSpec spec = spec("parameters", List.of(parameters));
    try (Attributor host = open(spec);
        Attributor device = openOnDevice(spec)) {
      assertSame(host.documents(samples(40)), device.documents(samples(40)));
      assertEquals("Fake device 0", device.compressionPlace());
      assertEquals("main memory", host.compressionPlace());
    }
  }

  @Test
  void vectorsOfCheckpointsAreTheSame() throws IOException {
    try (Attributor host = open(twoCheckpoints());
        Attributor device = openOnDevice(twoCheckpoints())) {
      assertSame(host.documents(samples(5)), device.documents(samples(5)));
    }
  }

  @Test
  void vectorsOfAGenerationAndItsTokensAreTheSame() throws IOException {
    Sample sample = new Sample("Q", " this is an answer of several tokens");
    try (Attributor host = open(spec());
        Attributor device = openOnDevice(spec())) {
      QueryGradient wanted = host.query(sample, new TokenSelection.All(), true);
      QueryGradient got = device.query(sample, new TokenSelection.All(), true);
      assertArrayEquals(wanted.vector(), got.vector(), 1e-5f);
      for (int i = 0; i < wanted.tokens().size(); i++) {
        assertArrayEquals(wanted.tokens().get(i).vector(), got.tokens().get(i).vector(), 1e-5f);
      }
    }
  }

  @Test
  void aDeviceThatIsLostInABatchChangesNoVector() throws IOException {
    try (Attributor host = open(spec());
        Attributor device = openOnDevice(spec())) {
      List<GradientResult> wanted = host.documents(samples(8));
      FakeCuda.fail("cuLaunchKernel", 5, ILLEGAL_ADDRESS, 1);
      assertSame(wanted, device.documents(samples(8)));
    }
  }
}
