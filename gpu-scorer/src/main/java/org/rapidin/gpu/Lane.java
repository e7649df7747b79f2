package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUstream;
import jcuda.driver.CUstream_flags;

/**
 * A stream of a device with scratch memory on both sides, for one thread at a time. Memory grows in
 * powers of two and is kept.
 */
final class Lane {
  private static final long MIN_BYTES = 1 << 16;

  private final GpuDevice device;
  private final CUstream stream = new CUstream();
  private Cuda.Pinned host;
  private CUdeviceptr scratch;
  private long hostBytes;
  private long scratchBytes;

  /** Opens a stream; the device's context must be current. */
  Lane(GpuDevice device) {
    this.device = device;
    Cuda.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    device.retain();
  }

  GpuDevice device() {
    return device;
  }

  CUstream stream() {
    return stream;
  }

  /** Returns pinned host memory of at least so many bytes, with what the last user left. */
  Cuda.Pinned host(long bytes) {
    if (hostBytes < bytes) {
      freeHost();
      long size = powerOfTwo(bytes);
      host = Cuda.Pinned.allocate(size);
      hostBytes = size;
    }
    return host;
  }

  /**
   * Returns device memory of at least so many bytes, with what the last user left.
   *
   * @throws GpuException if the memory limit does not allow it
   */
  CUdeviceptr scratch(long bytes) {
    if (scratchBytes < bytes) {
      freeScratch();
      long size = powerOfTwo(bytes);
      scratch = device.memory().allocate(size);
      scratchBytes = size;
    }
    return scratch;
  }

  private static long powerOfTwo(long bytes) {
    return bytes <= MIN_BYTES ? MIN_BYTES : Long.highestOneBit(bytes - 1) << 1;
  }

  /** Waits until everything on the stream was done. */
  void await() {
    Cuda.check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  /** Waits until nothing uses this lane's memory any more, after a failure. */
  void settle() {
    cuStreamSynchronize(stream);
  }

  void close() {
    device.makeCurrentIfPossible();
    settle();
    freeHost();
    freeScratch();
    cuStreamDestroy(stream);
    device.release();
  }

  private void freeHost() {
    if (hostBytes > 0) {
      hostBytes = 0;
      host.free();
    }
  }

  private void freeScratch() {
    if (scratchBytes > 0) {
      long bytes = scratchBytes;
      scratchBytes = 0;
      device.memory().free(scratch, bytes);
    }
  }
}
