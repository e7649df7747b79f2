package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;

/**
 * Plans of pieces of gradients on a device. The tensors of a model are at the same positions in
 * every batch, and a plan takes as long to make as its piece takes to compute, so plans are kept
 * while they fit. Safe for many threads; the device's context must be current.
 */
final class SketchPlans {
  /** Those of 3e9 parameters, in windows of 256 slots. */
  private static final long KEPT_BYTES = 256L << 20;

  private final GpuDevice device;
  private final CUstream stream;
  private final GpuSketch.Hash hash;
  private final int dimension;
  private final Map<Key, Plan> kept = new HashMap<>();
  private long keptBytes;

  private record Key(long position, int length, int windowSlots) {}

  private record Plan(SketchSlots.Windows windows, long bytes) {
    /** The memory begins with the starts. */
    CUdeviceptr memory() {
      return windows.starts();
    }
  }

  SketchPlans(GpuDevice device, CUstream stream, GpuSketch.Hash hash, int dimension) {
    this.device = device;
    this.stream = stream;
    this.hash = hash;
    this.dimension = dimension;
  }

  /**
   * Starts work that needs a plan, on the stream.
   *
   * @throws GpuException if the device fails
   */
  synchronized void use(
      long position, int length, int windowSlots, Consumer<SketchSlots.Windows> work) {
    Key key = new Key(position, length, windowSlots);
    Plan known = kept.get(key);
    Plan plan = known == null ? make(key) : known;
    boolean keep = known != null || keptBytes + plan.bytes <= KEPT_BYTES;
    try {
      work.accept(plan.windows);
    } finally {
      if (!keep) {
        cuStreamSynchronize(stream);
        device.memory().free(plan.memory(), plan.bytes);
      } else if (known == null) {
        kept.put(key, plan);
        keptBytes += plan.bytes;
      }
    }
  }

  private Plan make(Key key) {
    SketchPlan plan =
        SketchPlan.of(hash.slot(), dimension, key.position, key.length, key.windowSlots);
    long entries = Cuda.roundUp((long) Integer.BYTES * plan.starts().length, Cuda.ALIGNMENT);
    long bytes = entries + (long) Integer.BYTES * plan.entries().length;
    CUdeviceptr memory = device.memory().allocate(bytes);
    boolean complete = false;
    try {
      send(plan, entries, memory, bytes);
      complete = true;
    } finally {
      if (!complete) {
        device.memory().free(memory, bytes);
      }
    }
    return new Plan(
        new SketchSlots.Windows(
            key.position, key.length, memory, memory.withByteOffset(entries), plan.windows()),
        bytes);
  }

  private void send(SketchPlan plan, long entries, CUdeviceptr memory, long bytes) {
    Cuda.Pinned host = Cuda.Pinned.allocate(bytes);
    try {
      put(plan.starts(), host.memory(), 0);
      put(plan.entries(), host.memory(), entries);
      Cuda.check(cuMemcpyHtoDAsync(memory, host.pointer(), bytes, stream), "cuMemcpyHtoDAsync");
      Cuda.check(cuStreamSynchronize(stream), "cuStreamSynchronize");
    } finally {
      host.free();
    }
  }

  private static void put(int[] values, MemorySegment host, long at) {
    MemorySegment.copy(values, 0, host, ValueLayout.JAVA_INT, at, values.length);
  }

  synchronized void free() {
    kept.values().forEach(plan -> device.memory().free(plan.memory(), plan.bytes));
    kept.clear();
    keptBytes = 0;
  }
}
