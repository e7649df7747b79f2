package org.rapidin.attribution.sketch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.gpu.FakeCuda;
import org.rapidin.gpu.GpuException;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSettings;
import org.rapidin.gpu.GpuSketch;
import org.rapidin.scorer.CpuScanEngine;

/** The sketch of a device has the bits of {@link StreamingSketch}. */
class DeviceSketchTests {
  private static final long SEED = 42;

  private final SplittableRandom random = new SplittableRandom(3);
  private GpuScanEngine engine;

  @BeforeEach
  void open() {
    FakeCuda.reset();
    engine =
        new GpuScanEngine(
            new CpuScanEngine(),
            new GpuSettings(true, 0, 1, 1, 1, Duration.ofSeconds(1), Duration.ZERO),
            line -> {});
    engine.probe();
  }

  @AfterEach
  void leavesNothingOnTheDevice() {
    assertEquals(0, engine.stats().devices().get(0).memoryUsedBytes());
    engine.close();
  }

  private GpuSketch sketch(int dimension, int gradients) {
    ChunkHash hash = ChunkHash.of(SEED, dimension);
    return new GpuSketch(
        engine,
        new GpuSketch.Hash(hash.slotKey(), hash.signKey(), hash.slotShift(), hash::slot),
        dimension,
        gradients);
  }

  /** A piece of a batch. */
  private record Piece(float[] numbers, long position, int length, float[] scales) {}

  private Piece piece(int gradients, long position, int length) {
    float[] numbers = new float[gradients * (length + 3)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    float[] scales = new float[gradients];
    for (int r = 0; r < gradients; r++) {
      scales[r] = (float) random.nextDouble(0.1, 10);
    }
    return new Piece(numbers, position, length, scales);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 9})
  void hasTheBitsOfTheStreamingSketch(int gradients) {
    for (int dimension : new int[] {256, 4096}) {
      Piece[] pieces = {
        piece(gradients, 0, 20_000),
        piece(gradients, 20_000, 1),
        piece(gradients, 20_001, 130),
        piece(gradients, (1L << 40) + 37, 5_001)
      };
      try (GpuSketch sketch = sketch(dimension, gradients)) {
        // Twice: a batch begins empty.
        for (int batch = 0; batch < 2; batch++) {
          for (Piece piece : pieces) {
            sketch.add(
                MemorySegment.ofArray(piece.numbers),
                Float.BYTES * (piece.length + 3L),
                piece.position,
                piece.length,
                piece.scales);
          }
          float[][] sketches = sketch.finish();
          for (int r = 0; r < gradients; r++) {
            assertArrayEquals(bits(expected(dimension, pieces, r)), bits(sketches[r]));
          }
        }
      }
    }
  }

  private static float[] expected(int dimension, Piece[] pieces, int gradient) {
    GradientSketch.Accumulator sum = new StreamingSketch(dimension, SEED).accumulator();
    for (Piece piece : pieces) {
      int from = gradient * (piece.length + 3);
      float[] row = Arrays.copyOfRange(piece.numbers, from, from + piece.length);
      sum.add(MemorySegment.ofArray(row), piece.position, piece.scales[gradient]);
    }
    return sum.finish();
  }

  private static int[] bits(float[] numbers) {
    int[] bits = new int[numbers.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(numbers[i]);
    }
    return bits;
  }

  /** Longer than what one launch takes, so that both halves of the memory are used again. */
  @Test
  void aPieceOfAnyLengthHasTheBitsOfTheStreamingSketch() {
    int gradients = 64;
    Piece piece = piece(gradients, 13, 4 * 65_536 + 1);
    try (GpuSketch sketch = sketch(256, gradients)) {
      sketch.add(
          MemorySegment.ofArray(piece.numbers),
          Float.BYTES * (piece.length + 3L),
          piece.position,
          piece.length,
          piece.scales);
      float[][] sketches = sketch.finish();
      for (int r : new int[] {0, 31, 63}) {
        assertArrayEquals(bits(expected(256, new Piece[] {piece}, r)), bits(sketches[r]));
      }
    }
  }

  @Test
  void aDeviceWithoutMemoryRefusesABatch() {
    FakeCuda.reset(1, 1 << 20);
    engine.configure(new GpuSettings(true, 0, 1, 1, 1, Duration.ofSeconds(1), Duration.ZERO));
    assertThrows(GpuException.class, () -> sketch(256, 2));
  }
}
