package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemsetD8Async;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;

/**
 * The slots of a batch of gradients on a device, and the kernels that work on them. All work goes
 * to one stream; the device's context must be current.
 */
final class SketchSlots {
  /** More than a chunk reaches beyond K, up to the end of the widest window. */
  private static final int BEYOND = 1024;

  private final GpuDevice device;
  private final CUstream stream;
  private final GpuSketch.Hash hash;
  private final int dimension;
  private final int gradients;
  private final CUdeviceptr slots;

  /**
   * Numbers of some gradients of the batch.
   *
   * @param first the first of these gradients
   * @param count how many they are
   * @param numbers argument of a kernel: where the first gradient's numbers are
   * @param stride numbers from one gradient to the next
   * @param scales for each of these gradients
   */
  record Rows(int first, int count, Pointer numbers, long stride, CUdeviceptr scales) {}

  /**
   * A {@link SketchPlan} on the device.
   *
   * @param position of the piece's first number in the gradient
   * @param length numbers of the piece
   * @param starts see {@link SketchPlan#starts}
   * @param entries see {@link SketchPlan#entries}
   * @param windows how many there are
   */
  record Windows(long position, int length, CUdeviceptr starts, CUdeviceptr entries, int windows) {}

  /**
   * Allocates; the slots are not cleared yet.
   *
   * @throws GpuException if there is not enough memory
   */
  SketchSlots(
      GpuDevice device, CUstream stream, GpuSketch.Hash hash, int dimension, int gradients) {
    this.device = device;
    this.stream = stream;
    this.hash = hash;
    this.dimension = dimension;
    this.gradients = gradients;
    this.slots = device.memory().allocate(bytes(gradients));
  }

  private long stride() {
    return (long) dimension + BEYOND;
  }

  private long bytes(int count) {
    return Float.BYTES * stride() * count;
  }

  int gradients() {
    return gradients;
  }

  /** Makes the sums of all gradients zero. */
  void clear() {
    Cuda.check(cuMemsetD8Async(slots, (byte) 0, bytes(gradients), stream), "cuMemsetD8Async");
  }

  /** Adds a piece of some gradients with a kernel whose windows those of the plan are. */
  void add(Kernels.Sketch kernel, Rows rows, Windows plan) {
    device.launch(
        kernel.name(),
        kernel.grid(plan.windows, rows.count),
        stream,
        rows.numbers,
        Cuda.value(rows.stride),
        Cuda.value(rows.count),
        Cuda.value(plan.position),
        Cuda.value(plan.length),
        Cuda.value(plan.entries),
        Cuda.value(plan.starts),
        Cuda.value(plan.windows),
        Cuda.value(kernel.windowSlots()),
        Cuda.value(hash.slotKey()),
        Cuda.value(hash.signKey()),
        Cuda.value(hash.slotShift()),
        Cuda.value(rows.scales),
        Cuda.value(slots.withByteOffset(bytes(rows.first))),
        Cuda.value(stride()));
  }

  /** Writes the sketch of one gradient, K floats, to device memory. */
  void fold(int gradient, CUdeviceptr target) {
    device.launch(
        "fold_sketch",
        Kernels.foldGrid(dimension),
        stream,
        Cuda.value(slots.withByteOffset(bytes(gradient))),
        Cuda.value(stride()),
        Cuda.value(dimension),
        Cuda.value(target));
  }

  void free() {
    device.memory().free(slots, bytes(gradients));
  }
}
