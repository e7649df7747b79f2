package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;

/**
 * RapidGrad of gradients that another library has computed on the device, read where they are;
 * sketches have the bits of {@code StreamingSketch}. For one thread at a time. See {@link
 * ResidentSketches} for the order of the work.
 */
public final class ResidentSketch implements AutoCloseable {
  /** Of one launch, whole chunks, so that a plan is at most 8 MiB. */
  private static final long PIECE = 1L << 26;

  private final ResidentSketches owner;
  private final GpuDevice device;
  private final CUstream stream;
  private final int dimension;
  private final SketchSlots slots;
  // A sketch or scales: of K numbers, or of as many as there are gradients.
  private final CUdeviceptr scratch;
  private final long scratchBytes;
  private final Cuda.Pinned host;
  private boolean failed;

  ResidentSketch(ResidentSketches owner, GpuDevice device, CUstream stream, int gradients) {
    this.owner = owner;
    this.device = device;
    this.stream = stream;
    this.dimension = owner.dimension();
    this.slots = new SketchSlots(device, stream, owner.hash(), dimension, gradients);
    this.scratchBytes = (long) Float.BYTES * Math.max(dimension, gradients);
    CUdeviceptr memory = null;
    Cuda.Pinned pinned = null;
    try {
      memory = device.memory().allocate(scratchBytes);
      pinned = Cuda.Pinned.allocate(scratchBytes);
    } finally {
      if (pinned == null) {
        slots.free();
        if (memory != null) {
          device.memory().free(memory, scratchBytes);
        }
      }
    }
    this.scratch = memory;
    this.host = pinned;
    device.retain();
  }

  int gradients() {
    return slots.gradients();
  }

  boolean failed() {
    return failed;
  }

  /** Makes the batch empty, or frees it if the device fails. */
  void clear() {
    boolean clear = false;
    try {
      slots.clear();
      clear = true;
    } finally {
      if (!clear) {
        free();
      }
    }
  }

  /**
   * Adds a piece of some gradients, each multiplied with its scale. Returns when the work was given
   * to the device; what is given to its legacy default stream later may write over the numbers.
   *
   * @param address in the device's memory of the first number: float32, written by work that is
   *     complete or was given to the legacy default stream
   * @param stride numbers from one gradient to the next
   * @param first index of the first of these gradients in the batch
   * @param position of the piece's first number in each gradient, at least 0
   * @param length numbers of each gradient
   * @param scales for each of these gradients; one of scale 0 is not read
   * @throws GpuException if the device fails; the batch is lost
   */
  public void add(
      long address, long stride, int first, long position, long length, float[] scales) {
    Objects.checkFromIndexSize(first, scales.length, slots.gradients());
    if (position < 0) {
      throw new IllegalArgumentException("a position is at least 0, got %s".formatted(position));
    }
    guarded(
        () -> {
          send(scales);
          for (int from = 0; from < scales.length; ) {
            int to = from;
            while (to < scales.length && scales[to] != 0) {
              to++;
            }
            if (to > from) {
              long numbers = address + Float.BYTES * stride * from;
              CUdeviceptr own = scratch.withByteOffset((long) Float.BYTES * from);
              add(numbers, stride, first + from, to - from, position, length, own);
            }
            from = to + 1;
          }
        });
  }

  private void send(float[] scales) {
    await(); // an earlier launch may not have its scales yet
    MemorySegment.copy(scales, 0, host.memory(), ValueLayout.JAVA_FLOAT, 0, scales.length);
    Cuda.check(
        cuMemcpyHtoDAsync(scratch, host.pointer(), (long) Float.BYTES * scales.length, stream),
        "cuMemcpyHtoDAsync");
  }

  private void add(
      long address,
      long stride,
      int first,
      int count,
      long position,
      long length,
      CUdeviceptr scales) {
    Kernels.Sketch kernel = Kernels.sketch(count);
    for (long done = 0; done < length; ) {
      long whole = PIECE - (position + done) % SketchPlan.CHUNK;
      int part = (int) Math.min(whole, length - done);
      SketchSlots.Rows rows =
          new SketchSlots.Rows(
              first, count, Cuda.value(address + Float.BYTES * done), stride, scales);
      owner
          .plans()
          .use(position + done, part, kernel.windowSlots(), plan -> slots.add(kernel, rows, plan));
      done += part;
    }
  }

  /**
   * Returns the sketch of a gradient, float32, length K.
   *
   * @throws GpuException if the device fails; the batch is lost
   */
  public float[] finish(int gradient) {
    Objects.checkIndex(gradient, slots.gradients());
    float[] sketch = new float[dimension];
    guarded(
        () -> {
          slots.fold(gradient, scratch);
          Cuda.check(
              cuMemcpyDtoHAsync(host.pointer(), scratch, (long) Float.BYTES * dimension, stream),
              "cuMemcpyDtoHAsync");
          await();
        });
    MemorySegment.copy(host.memory(), ValueLayout.JAVA_FLOAT, 0, sketch, 0, dimension);
    return sketch;
  }

  private void await() {
    Cuda.check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  private void guarded(Runnable work) {
    try {
      device.makeCurrent();
      work.run();
    } catch (GpuException e) {
      failed = true;
      owner.failed(e);
      throw e;
    }
  }

  /** Ends the batch. */
  @Override
  public void close() {
    owner.done(this);
  }

  void free() {
    device.makeCurrentIfPossible();
    cuStreamSynchronize(stream);
    slots.free();
    device.memory().free(scratch, scratchBytes);
    host.free();
    device.release();
  }
}
