package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Compares sketches of the device with those of the plugin, and measures them. */
final class SketchTrial {
  private static final long SEED = 42;
  private static final int ROUNDS = 5;

  private final RawDevice device;
  private final Report report;
  private final Checks checks;

  SketchTrial(RawDevice device, Report report, Checks checks) {
    this.device = device;
    this.report = report;
    this.checks = checks;
  }

  /**
   * Verifies batches of every kind: two pieces that follow each other, from the middle of a chunk.
   */
  void check(int length) throws IOException {
    for (int gradients : new int[] {1, 3, 8, 17}) {
      int first = length / 3;
      int second = length - first;
      long position = 12_345;
      float[] head = numbers(gradients * first, 1);
      float[] tail = numbers(gradients * second, 2);
      float[] scales = numbers(gradients, 3);
      float[] found;
      try (SketchKernel kernel = new SketchKernel(device, SEED, scales);
          Buffers buffers = new Buffers(device)) {
        kernel.clear();
        kernel.add(kernel.piece(buffers.of(head), position, first));
        kernel.add(kernel.piece(buffers.of(tail), position + first, second));
        kernel.fold();
        found = kernel.sketches();
      }
      boolean equal =
          IntStream.range(0, gradients)
              .parallel()
              .allMatch(
                  r -> {
                    GradientSketch.Accumulator sum =
                        new StreamingSketch(SketchKernel.DIMENSION, SEED).accumulator();
                    sum.add(row(head, r, first), position, scales[r]);
                    sum.add(row(tail, r, second), position + first, scales[r]);
                    int at = r * SketchKernel.DIMENSION;
                    float[] own = Arrays.copyOfRange(found, at, at + SketchKernel.DIMENSION);
                    // Bits: the two zeros differ.
                    return Arrays.equals(sum.finish(), own);
                  });
      checks.require(equal, "sketches of %s gradients have the CPU's bits".formatted(gradients));
      ObjectNode row = report.row("check sketch");
      row.put("gradients", gradients).put("numbers", length).put("bits", Checks.word(equal));
      report.add(row);
    }
  }

  private static MemorySegment row(float[] all, int row, int length) {
    return MemorySegment.ofArray(all)
        .asSlice((long) Float.BYTES * row * length, (long) Float.BYTES * length);
  }

  private static float[] numbers(int count, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = random.nextFloat() - 0.5f;
    }
    return numbers;
  }

  /** Measures a batch of long gradients. */
  void measure(int gradients, int length, double copyRate) throws Exception {
    long bytes = (long) Float.BYTES * gradients * length;
    float[] block = numbers((int) Math.min(1 << 24, (long) gradients * length), 4);
    float[] scales = new float[gradients];
    Arrays.fill(scales, 1);
    try (SketchKernel kernel = new SketchKernel(device, SEED, scales);
        Buffers buffers = new Buffers(device)) {
      Buffer x = buffers.repeat(MemorySegment.ofArray(block), bytes);
      SketchKernel.Piece piece = kernel.piece(x, 0, length);
      double millis =
          Rates.median(
              ROUNDS,
              () ->
                  device.millis(
                      () -> {
                        kernel.clear();
                        kernel.add(piece);
                        kernel.fold();
                      }));
      double rate = Rates.gigabytesPerSecond(bytes, millis);
      ObjectNode row = report.row("sketch");
      row.put("gradients", gradients).put("numbers", length).put("kernel ms", millis);
      row.put("GB/s", rate).put("% of copy", Rates.percent(rate, copyRate));
      report.add(row);
    }
  }
}
