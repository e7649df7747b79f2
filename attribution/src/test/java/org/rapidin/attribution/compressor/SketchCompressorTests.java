package org.rapidin.attribution.compressor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.attribution.sketch.LayerNormalization;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.gpu.FakeCuda;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSettings;
import org.rapidin.scorer.CpuScanEngine;

/**
 * The fake driver's device memory is main memory, so it reads torch's tensors of the CPU where they
 * are: the oracle is the sketch in main memory of the same tensors.
 */
class SketchCompressorTests {
  private static final int OUT_OF_MEMORY = 2;
  private static final int ILLEGAL_ADDRESS = 700;
  private static final int DIMENSION = 256;

  /** Between the tensors are others, so that they begin at odd positions, the last one far off. */
  private static final GradientLayout LAYOUT =
      layout(5, 1, 1320, 1, 77, 1, 130, (1L << 40) + 37 - 1535, 153);

  private final SplittableRandom random = new SplittableRandom(5);
  private final NDManager manager = TestRuntime.get().newManager();
  private final FusedKernels kernels = FusedKernels.load(manager);
  private final StreamingSketch sketch = new StreamingSketch(DIMENSION, 9);
  private GpuScanEngine engine;
  private Compressor device;

  @BeforeEach
  void open() {
    FakeCuda.reset();
    GpuSettings settings = new GpuSettings(true, 0, 1, 1, 1, Duration.ofSeconds(1), Duration.ZERO);
    engine = new GpuScanEngine(new CpuScanEngine(), settings, line -> {});
    device = SketchCompressor.onDevice(sketch, LAYOUT, engine, 0, kernels);
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    device.close();
    device.close(); // does nothing
    assertEquals(0, engine.stats().devices().getFirst().memoryUsedBytes());
    engine.close();
    kernels.close();
    manager.close();
  }

  private NDArray array(long... shape) {
    float[] values = new float[Math.toIntExact(new Shape(shape).size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TorchMemory.floats(manager, new Shape(shape), values);
  }

  private static GradientLayout layout(long... sizes) {
    return new GradientLayout(
        Arrays.stream(sizes)
            .mapToObj(n -> new GradientLayout.Tensor("", List.of(n), false))
            .toList(),
        1);
  }

  private static RowVectors.Scale scale(boolean normalized) {
    return (row, parameter, norm) ->
        normalized ? (float) LayerNormalization.scale(norm) : 0.5f + row;
  }

  private List<TensorGradient> gradients(int rows) {
    NDArray turned = array(rows, 7, 11).transpose(0, 2, 1); // not contiguous
    return List.of(
        new TensorGradient.Outer(2, 0, array(rows, 3, 40), array(rows, 3, 33)),
        new TensorGradient.Dense(0, 0, array(rows, 5)),
        new TensorGradient.Dense(4, 0, turned),
        new TensorGradient.Dense(6, rows - 1, array(1, 130)), // not of every row
        new TensorGradient.Lookup(8, 0, new long[] {4, 1, 4, 0}, array(4, 9), 17));
  }

  private static List<float[]> vectors(
      RowVectors batch, int rows, List<TensorGradient> gradients, RowVectors.Scale scale) {
    TensorSink sink = batch.checkpoint(0, scale);
    gradients.forEach(sink::accept);
    List<float[]> vectors = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      vectors.add(batch.finish(row));
    }
    return vectors;
  }

  private List<float[]> expected(int rows, List<TensorGradient> gradients, RowVectors.Scale scale) {
    return vectors(new HostSketches(sketch, rows, LAYOUT), rows, gradients, scale);
  }

  private static void assertSameBits(List<float[]> wanted, List<float[]> got) {
    assertEquals(wanted.size(), got.size());
    for (int row = 0; row < wanted.size(); row++) {
      assertArrayEquals(bits(wanted.get(row)), bits(got.get(row)));
    }
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(numbers[i]);
    }
    return bits;
  }

  /** 33 and 70 rows have memory of their own. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 33, 70})
  void theSketchOfTensorsWhereTheyAreHasTheBitsOfTheSketchInMainMemory(int rows) {
    for (int batch = 0; batch < 2; batch++) { // the second one finds memory and plans of the first
      List<TensorGradient> gradients = gradients(rows);
      assertSameBits(
          expected(rows, gradients, scale(false)),
          device.compute(rows, rowVectors -> vectors(rowVectors, rows, gradients, scale(false))));
    }
    assertEquals("Fake device 0", device.place());
  }

  /** A norm is rounded differently, so that a factor may be the next float32. */
  @Test
  void normalizedSketchesDifferByTheRoundingOfFactors() {
    List<TensorGradient> gradients = gradients(4);
    List<float[]> wanted = expected(4, gradients, scale(true));
    List<float[]> got =
        device.compute(4, rowVectors -> vectors(rowVectors, 4, gradients, scale(true)));
    for (int row = 0; row < 4; row++) {
      assertArrayEquals(wanted.get(row), got.get(row), 1e-6f);
    }
  }

  /** Its numbers would be NaN in sums that other tensors share. */
  @Test
  void aTensorOfFactorZeroIsNotRead() {
    NDArray rows = TorchMemory.floats(manager, new Shape(3, 2), new float[] {1, 2, 3, 4, 5, 6});
    NDArray bad =
        TorchMemory.floats(manager, new Shape(3, 2), new float[] {1, 2, Float.NaN, 4, 5, 6});
    List<TensorGradient> gradients =
        List.of(new TensorGradient.Dense(0, 0, rows), new TensorGradient.Dense(1, 0, bad));
    RowVectors.Scale scale =
        (row, parameter, norm) -> {
          assertEquals(row == 1 && parameter == 1, Double.isNaN(norm));
          return Double.isNaN(norm) ? 0 : 1;
        };
    assertSameBits(
        expected(3, gradients, scale),
        device.compute(3, rowVectors -> vectors(rowVectors, 3, gradients, scale)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuMemAlloc", "cuMemcpyHtoDAsync", "cuLaunchKernel", "cuMemcpyDtoHAsync"})
  void aBatchOnADeviceThatFailsIsComputedInMainMemory(String function) {
    List<TensorGradient> gradients = gradients(3);
    List<float[]> wanted = expected(3, gradients, scale(false));
    for (int after = 0; after < 30; after++) {
      FakeCuda.fail(function, after, OUT_OF_MEMORY, 2); // the repeated allocation too
      assertSameBits(
          wanted, device.compute(3, rowVectors -> vectors(rowVectors, 3, gradients, scale(false))));
    }
    assertTrue(engine.stats().fallbacks().get("out_of_memory") > 0, engine.stats()::toString);
    FakeCuda.fail(function, 0, OUT_OF_MEMORY, 0);
    device.compute(3, rowVectors -> vectors(rowVectors, 3, gradients, scale(false)));
    assertEquals("Fake device 0", device.place());
  }

  @Test
  void aLostDeviceIsNotUsedAgain() {
    List<TensorGradient> gradients = gradients(2);
    List<float[]> wanted = expected(2, gradients, scale(false));
    FakeCuda.fail("cuLaunchKernel", 2, ILLEGAL_ADDRESS, 1);
    for (int batch = 0; batch < 3; batch++) {
      assertSameBits(
          wanted, device.compute(2, rowVectors -> vectors(rowVectors, 2, gradients, scale(false))));
      assertTrue(device.place().startsWith("main memory: "), device.place());
    }
  }

  @Test
  void whatTheWorkThrowsIsNoFailureOfTheDevice() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            device.compute(
                1,
                rowVectors -> {
                  throw new IllegalArgumentException("too long");
                }));
    assertEquals("Fake device 0", device.place());
  }

  @Test
  void aDeviceThatIsNotThereLeavesMainMemory() {
    try (Compressor none = SketchCompressor.onDevice(sketch, LAYOUT, engine, 1, kernels)) {
      assertEquals("main memory: device 1 cannot be used, only [0]", none.place());
      List<TensorGradient> gradients = gradients(2);
      assertSameBits(
          expected(2, gradients, scale(false)),
          none.compute(2, rowVectors -> vectors(rowVectors, 2, gradients, scale(false))));
    }
    FakeCuda.fail("cuLaunchKernel", 0, OUT_OF_MEMORY, 1);
    try (Compressor failing = SketchCompressor.onDevice(sketch, LAYOUT, engine, 0, kernels)) {
      assertTrue(failing.place().startsWith("main memory: cuLaunchKernel"), failing.place());
    }
    try (GpuScanEngine off = GpuScanEngine.withoutDevices();
        Compressor none = SketchCompressor.onDevice(sketch, LAYOUT, off, 0, kernels)) {
      assertFalse(none.place().isEmpty());
    }
  }
}
