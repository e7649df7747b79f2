package org.rapidin.benchmarks.gpu;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.rapidin.attribution.sketch.ChunkHash;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.GpuScanEngine;
import org.rapidin.gpu.GpuSketch;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Compares sketches of the device with those of the plugin, and measures them. */
final class SketchTrial {
  private static final long SEED = 42;
  private static final int ROUNDS = 5;

  private final GpuScanEngine engine;
  private final RawDevice device;
  private final Report report;
  private final Checks checks;

  SketchTrial(GpuScanEngine engine, RawDevice device, Report report, Checks checks) {
    this.engine = engine;
    this.device = device;
    this.report = report;
    this.checks = checks;
  }

  /** Two pieces of each gradient that follow each other, from the middle of a chunk. */
  private record Batch(float[] head, float[] tail, float[] scales) {
    private static final long POSITION = 12_345;

    static Batch create(int gradients, int length) {
      int first = length / 3;
      return new Batch(
          numbers(gradients * first, 1),
          numbers(gradients * (length - first), 2),
          numbers(gradients, 3));
    }

    int first() {
      return head.length / scales.length;
    }

    int second() {
      return tail.length / scales.length;
    }
  }

  /** Verifies batches of every kind, from the host as the plugin does it and on the device. */
  void check(int length) {
    for (int gradients : new int[] {1, 3, 8, 17}) {
      Batch batch = Batch.create(gradients, length);
      float[][] expected =
          IntStream.range(0, gradients)
              .parallel()
              .mapToObj(r -> onCpu(batch, r))
              .toArray(float[][]::new);
      // Bits: the two zeros differ.
      boolean host = Arrays.deepEquals(expected, fromHost(batch));
      boolean resident = Arrays.deepEquals(expected, resident(batch));
      String what = "%s sketches have the CPU's bits, ".formatted(gradients);
      checks.require(host, what + "from the host");
      checks.require(resident, what + "on the device");
      ObjectNode row = report.row("check sketch");
      row.put("gradients", gradients).put("numbers", length);
      row.put("bits, host", Checks.word(host)).put("bits, resident", Checks.word(resident));
      report.add(row);
    }
  }

  private static float[] onCpu(Batch batch, int row) {
    GradientSketch.Accumulator sum =
        new StreamingSketch(SketchKernel.DIMENSION, SEED).accumulator();
    float scale = batch.scales[row];
    sum.add(row(batch.head, row, batch.first()), Batch.POSITION, scale);
    sum.add(row(batch.tail, row, batch.second()), Batch.POSITION + batch.first(), scale);
    return sum.finish();
  }

  private float[][] fromHost(Batch batch) {
    try (GpuSketch sketch = sketch(batch.scales.length)) {
      add(sketch, batch.head, Batch.POSITION, batch.scales);
      add(sketch, batch.tail, Batch.POSITION + batch.first(), batch.scales);
      return sketch.finish();
    }
  }

  private static void add(GpuSketch sketch, float[] numbers, long position, float[] scales) {
    int length = numbers.length / scales.length;
    sketch.add(
        MemorySegment.ofArray(numbers), (long) Float.BYTES * length, position, length, scales);
  }

  private GpuSketch sketch(int gradients) {
    ChunkHash hash = ChunkHash.of(SEED, SketchKernel.DIMENSION);
    return new GpuSketch(
        engine,
        new GpuSketch.Hash(hash.slotKey(), hash.signKey(), hash.slotShift(), hash::slot),
        SketchKernel.DIMENSION,
        gradients);
  }

  private float[][] resident(Batch batch) {
    try (SketchKernel kernel = new SketchKernel(device, SEED, batch.scales);
        Buffers buffers = new Buffers(device)) {
      kernel.clear();
      kernel.add(kernel.piece(buffers.of(batch.head), Batch.POSITION, batch.first()));
      long next = Batch.POSITION + batch.first();
      kernel.add(kernel.piece(buffers.of(batch.tail), next, batch.second()));
      kernel.fold();
      return kernel.sketches();
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
      ObjectNode row = report.row("sketch, resident");
      row.put("gradients", gradients).put("numbers", length).put("kernel ms", millis);
      row.put("GB/s", rate).put("% of copy", Rates.percent(rate, copyRate));
      report.add(row);
    }
  }

  /** Measures a batch whose gradients are in main memory; all have the same numbers. */
  void measureFromHost(int gradients, int length) throws Exception {
    MemorySegment numbers = MemorySegment.ofArray(numbers(length, 5));
    float[] scales = new float[gradients];
    Arrays.fill(scales, 1);
    try (GpuSketch sketch = sketch(gradients)) {
      double millis =
          Rates.median(
              ROUNDS,
              () ->
                  Rates.wallMillis(
                      () -> {
                        sketch.add(numbers, 0, 0, length, scales);
                        sketch.finish();
                      }));
      ObjectNode row = report.row("sketch, from the host");
      row.put("gradients", gradients).put("numbers", length).put("wall ms", millis);
      long bytes = (long) Float.BYTES * gradients * length;
      row.put("GB/s", Rates.gigabytesPerSecond(bytes, millis));
      report.add(row);
    }
  }
}
