package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;
import static jcuda.driver.JCudaDriver.cuStreamCreate;
import static jcuda.driver.JCudaDriver.cuStreamDestroy;
import static jcuda.driver.JCudaDriver.cuStreamSynchronize;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
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
  private final CUevent[] events = {new CUevent(), new CUevent()};
  private Cuda.Pinned host;
  private CUdeviceptr scratch;
  private long hostBytes;
  private long scratchBytes;

  /** Opens a stream; the device's context must be current. */
  Lane(GpuDevice device) {
    this.device = device;
    Cuda.check(cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "cuStreamCreate");
    device.retain();
    int created = 0;
    try {
      for (; created < events.length; created++) {
        Cuda.check(
            cuEventCreate(events[created], CUevent_flags.CU_EVENT_DISABLE_TIMING), "cuEventCreate");
      }
    } finally {
      if (created < events.length) {
        destroy(created);
      }
    }
  }

  private void destroy(int eventsCreated) {
    for (int i = 0; i < eventsCreated; i++) {
      cuEventDestroy(events[i]);
    }
    cuStreamDestroy(stream);
    device.release();
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

  /**
   * Lets {@link #awaitEvent} wait for what the stream was given until now.
   *
   * @param event 0 or 1
   */
  void record(int event) {
    Cuda.check(cuEventRecord(events[event], stream), "cuEventRecord");
  }

  /** Waits until the stream has passed an event, if it was ever recorded. */
  void awaitEvent(int event) {
    Cuda.check(cuEventSynchronize(events[event]), "cuEventSynchronize");
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
    destroy(events.length);
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
