package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.function.LongToIntFunction;
import jcuda.driver.CUdeviceptr;

/**
 * RapidGrad on a device: sketches a batch of gradients piece by piece, to the same bits as {@code
 * StreamingSketch}. While the device adds one piece, the next is copied. For one thread at a time.
 */
public final class GpuSketch implements AutoCloseable {
  // Of all gradients of a batch together. Long enough for the full rate of PCIe.
  private static final long PIECE_BYTES = 16L << 20;

  private final GpuScanEngine engine;
  private final GpuDevice device;
  private final Hash hash;
  private final int dimension;
  private final int gradients;
  private final Kernels.Sketch kernel;
  private final Lane lane;
  private final SketchSlots slots;
  // Numbers of each gradient in one launch.
  private final int step;
  // Where a launch's buffers are in each half of the lane's memory, on both sides.
  private final long starts;
  private final long entries;
  private final long numbers;
  private final long halfBytes;
  private int half;

  /**
   * Where numbers go and which sign they get: {@code ChunkHash} of the attribution module.
   *
   * @param slotKey keys the slots
   * @param signKey keys the signs
   * @param slotShift 64 − log2 K
   * @param slot the first slot of a chunk of 64 positions, as the keys say
   */
  public record Hash(long slotKey, long signKey, int slotShift, LongToIntFunction slot) {}

  /**
   * Begins a batch on the device with the most free memory.
   *
   * @param dimension K, a power of two from 256 to 2^20
   * @param gradients how many gradients a batch has, at least 1
   * @throws GpuException if no device is ready, or it lacks the memory
   */
  public GpuSketch(GpuScanEngine engine, Hash hash, int dimension, int gradients) {
    this.engine = engine;
    this.hash = hash;
    this.dimension = dimension;
    this.gradients = gradients;
    kernel = Kernels.sketch(gradients);
    long most = PIECE_BYTES / Float.BYTES / gradients;
    step = (int) Math.max(1, most / SketchPlan.CHUNK) * SketchPlan.CHUNK;
    starts = Cuda.roundUp((long) Float.BYTES * gradients, Cuda.ALIGNMENT);
    long windows = SketchPlan.windows(dimension, kernel.windowSlots());
    entries = starts + Cuda.roundUp(Integer.BYTES * (windows + 1), Cuda.ALIGNMENT);
    // Each chunk reaches into two windows at most; the last may be begun only.
    long mostEntries = 2L * (step / SketchPlan.CHUNK + 1);
    numbers = entries + Cuda.roundUp(Integer.BYTES * mostEntries, Cuda.ALIGNMENT);
    halfBytes = numbers + Cuda.roundUp((long) Float.BYTES * gradients * step, Cuda.ALIGNMENT);
    device =
        engine.devices().stream()
            .max(Comparator.comparingLong((GpuDevice each) -> each.memory().availableBytes()))
            .orElseThrow(() -> new GpuException(Fallback.DISABLED, engine.stats().reason()));
    device.makeCurrent();
    lane = new Lane(device);
    boolean open = false;
    try {
      lane.host(2 * halfBytes);
      lane.scratch(2 * halfBytes);
      slots = new SketchSlots(device, lane.stream(), hash, dimension, gradients);
      open = true;
    } finally {
      if (!open) {
        lane.close();
      }
    }
    slots.clear();
  }

  /**
   * Adds a piece of every gradient, multiplied with its scale. Returns when the piece was copied.
   *
   * @param rows float32, native order; gradient r's numbers begin at {@code r · rowStride} bytes
   * @param rowStride bytes
   * @param position of the piece's first number in the gradient, at least 0
   * @param length numbers of each gradient
   * @param scales for each gradient
   * @throws GpuException if the device fails; the batch is lost
   */
  public void add(MemorySegment rows, long rowStride, long position, long length, float[] scales) {
    if (position < 0 || scales.length != gradients) {
      throw new IllegalArgumentException(
          "a piece at %s with %s scales for %s gradients"
              .formatted(position, scales.length, gradients));
    }
    device.makeCurrent();
    try {
      for (long done = 0; done < length; ) {
        // Whole chunks, except at the ends.
        long whole = step - (position + done) % SketchPlan.CHUNK;
        int count = (int) Math.min(whole, length - done);
        add(rows.asSlice(done * Float.BYTES), rowStride, position + done, count, scales);
        done += count;
      }
    } catch (GpuException e) {
      lane.settle();
      engine.failed(e);
      throw e;
    }
  }

  private void add(MemorySegment rows, long rowStride, long position, int length, float[] scales) {
    SketchPlan plan = SketchPlan.of(hash.slot, dimension, position, length, kernel.windowSlots());
    long base = half * halfBytes;
    lane.awaitEvent(half);
    MemorySegment host = lane.host(0).memory().asSlice(base, halfBytes);
    MemorySegment.copy(scales, 0, host, ValueLayout.JAVA_FLOAT, 0, gradients);
    put(plan.starts(), host, starts);
    put(plan.entries(), host, entries);
    long rowBytes = (long) Float.BYTES * length;
    for (int r = 0; r < gradients; r++) {
      MemorySegment.copy(rows, r * rowStride, host, numbers + r * rowBytes, rowBytes);
    }
    send(base, entries + (long) Integer.BYTES * plan.entries().length);
    send(base + numbers, gradients * rowBytes);
    launch(plan, position, length);
    lane.record(half);
    half = 1 - half;
  }

  private static void put(int[] values, MemorySegment host, long at) {
    MemorySegment.copy(values, 0, host, ValueLayout.JAVA_INT, at, values.length);
  }

  private void send(long at, long bytes) {
    Cuda.check(
        cuMemcpyHtoDAsync(
            lane.scratch(0).withByteOffset(at),
            lane.host(0).pointer().withByteOffset(at),
            bytes,
            lane.stream()),
        "cuMemcpyHtoDAsync");
  }

  private void launch(SketchPlan plan, long position, int length) {
    CUdeviceptr own = lane.scratch(0).withByteOffset(half * halfBytes);
    slots.add(
        kernel,
        new SketchSlots.Rows(0, gradients, Cuda.value(own.withByteOffset(numbers)), length, own),
        new SketchSlots.Windows(
            position,
            length,
            own.withByteOffset(starts),
            own.withByteOffset(entries),
            plan.windows()));
  }

  /**
   * Ends the batch; the next one begins empty.
   *
   * @return for each gradient its sketch, float32, length K
   * @throws GpuException if the device fails; the batch is lost
   */
  public float[][] finish() {
    device.makeCurrent();
    try {
      float[][] sketches = new float[gradients][dimension];
      for (int r = 0; r < gradients; r++) {
        fold(r, sketches[r]);
      }
      slots.clear();
      return sketches;
    } catch (GpuException e) {
      lane.settle();
      engine.failed(e);
      throw e;
    }
  }

  /** Fetches one sketch; a half of the lane's memory holds any. */
  private void fold(int gradient, float[] sketch) {
    slots.fold(gradient, lane.scratch(0));
    long bytes = (long) Float.BYTES * dimension;
    Cuda.check(
        cuMemcpyDtoHAsync(lane.host(0).pointer(), lane.scratch(0), bytes, lane.stream()),
        "cuMemcpyDtoHAsync");
    lane.await();
    MemorySegment.copy(lane.host(0).memory(), ValueLayout.JAVA_FLOAT, 0, sketch, 0, dimension);
  }

  /** Frees what the batch has on the device. */
  @Override
  public void close() {
    device.makeCurrentIfPossible();
    lane.settle();
    slots.free();
    lane.close();
  }
}
