package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemAlloc;
import static jcuda.driver.JCudaDriver.cuMemFree;
import static jcuda.driver.JCudaDriver.cuMemGetInfo;

import java.util.function.BooleanSupplier;
import jcuda.driver.CUdeviceptr;

/**
 * The memory of one device, under a limit. Bytes are counted before they are allocated and until
 * they were freed. Safe for many threads; the device's context must be current.
 */
final class DeviceMemory {
  private final Object lock = new Object();
  private final BooleanSupplier evictOne;
  private long limitBytes;
  private long usedBytes;

  /**
   * @param limitBytes the most bytes at once
   * @param evictOne frees one segment that no scan uses; returns false if there is none
   */
  DeviceMemory(long limitBytes, BooleanSupplier evictOne) {
    this.limitBytes = limitBytes;
    this.evictOne = evictOne;
  }

  long limitBytes() {
    synchronized (lock) {
      return limitBytes;
    }
  }

  long usedBytes() {
    synchronized (lock) {
      return usedBytes;
    }
  }

  /** Returns how many bytes may still be allocated without an eviction. */
  long availableBytes() {
    synchronized (lock) {
      return Math.max(0, limitBytes - usedBytes);
    }
  }

  /** Changes the limit and evicts what is above it. */
  void limit(long bytes) {
    synchronized (lock) {
      limitBytes = bytes;
    }
    while (usedBytes() > bytes && evictOne.getAsBoolean()) {}
  }

  /**
   * Allocates, and evicts segments for it. If the driver has less memory than the limit says, the
   * limit is lowered.
   *
   * @throws GpuException if there is not enough memory
   */
  CUdeviceptr allocate(long bytes) {
    return allocate(bytes, evictOne);
  }

  /**
   * As {@link #allocate(long)}.
   *
   * @param evict frees one segment; returns false if none may be freed
   */
  CUdeviceptr allocate(long bytes, BooleanSupplier evict) {
    reserve(bytes, evict);
    boolean allocated = false;
    try {
      CUdeviceptr pointer = allocateOrEvict(bytes, evict);
      allocated = true;
      return pointer;
    } finally {
      if (!allocated) {
        release(bytes);
      }
    }
  }

  private CUdeviceptr allocateOrEvict(long bytes, BooleanSupplier evict) {
    CUdeviceptr pointer = new CUdeviceptr();
    try {
      Cuda.check(cuMemAlloc(pointer, bytes), "cuMemAlloc");
    } catch (GpuException e) {
      if (!e.isOutOfMemory()) {
        throw e;
      }
      makeRoom(bytes, evict);
      int result = cuMemAlloc(pointer, bytes);
      if (result != 0) {
        lowerLimit(bytes);
      }
      Cuda.check(result, "cuMemAlloc of %s bytes".formatted(bytes));
    }
    return pointer;
  }

  /** Frees what {@link #allocate} returned. Errors are ignored: they are those of earlier calls. */
  void free(CUdeviceptr pointer, long bytes) {
    cuMemFree(pointer);
    release(bytes);
  }

  private void reserve(long bytes, BooleanSupplier evict) {
    while (!tryReserve(bytes)) {
      if (bytes > limitBytes()) {
        throw new GpuException(
            Fallback.LARGER_THAN_MEMORY_LIMIT,
            "%s bytes are more than the limit of %s".formatted(bytes, limitBytes()));
      }
      if (!evict.getAsBoolean()) {
        throw new GpuException(
            Fallback.MEMORY_IN_USE,
            "%s bytes wanted, %s of %s in use".formatted(bytes, usedBytes(), limitBytes()));
      }
    }
  }

  private boolean tryReserve(long bytes) {
    synchronized (lock) {
      if (bytes > limitBytes - usedBytes) {
        return false;
      }
      usedBytes += bytes;
      return true;
    }
  }

  private void release(long bytes) {
    synchronized (lock) {
      usedBytes -= bytes;
    }
  }

  private void makeRoom(long bytes, BooleanSupplier evict) {
    long wanted = usedBytes() - bytes;
    while (usedBytes() > wanted && evict.getAsBoolean()) {}
  }

  /** The driver refused {@code bytes}, which are reserved but not allocated. */
  private void lowerLimit(long bytes) {
    long[] free = new long[1];
    boolean known = cuMemGetInfo(free, new long[1]) == 0;
    synchronized (lock) {
      long allocated = usedBytes - bytes;
      long possible = known ? allocated + free[0] / 10 * 9 : allocated;
      limitBytes = Math.max(allocated, Math.min(limitBytes - bytes, possible));
    }
  }
}
