package org.rapidin.gpu;

import jcuda.driver.CUdeviceptr;

/**
 * Rows of a segment on a device. {@link SegmentCache} counts their users and frees them when there
 * are none.
 */
final class DeviceSegment {
  private final GpuDevice device;
  private final RowLayout layout;
  private final CUdeviceptr memory;
  private final PassGates gates = new PassGates();

  /** The cache's reference and one for each running scan. Guarded by the cache. */
  int references;

  /**
   * @param memory {@link RowLayout#bytes} on the device, owned by this object from now on
   */
  DeviceSegment(GpuDevice device, RowLayout layout, CUdeviceptr memory) {
    this.device = device;
    this.layout = layout;
    this.memory = memory;
    device.retain();
  }

  GpuDevice device() {
    return device;
  }

  RowLayout layout() {
    return layout;
  }

  /** What scans of the same rows wait at, to share a pass. */
  PassGates gates() {
    return gates;
  }

  /** Returns the address of a row. */
  CUdeviceptr row(int row) {
    return memory.withByteOffset(layout.stride() * row);
  }

  /** Returns the address of a row's scale. */
  CUdeviceptr scale(int row) {
    return memory.withByteOffset(layout.scalesOffset() + (long) Float.BYTES * row);
  }

  /** Frees the memory, on any thread, after the last reference is gone. */
  void free() {
    device.makeCurrentIfPossible();
    device.memory().free(memory, layout.bytes());
    device.release();
  }
}
