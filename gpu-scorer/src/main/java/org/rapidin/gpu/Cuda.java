package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemAllocHost;
import static jcuda.driver.JCudaDriver.cuMemFreeHost;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** What every caller of the driver needs: results as exceptions, arguments of kernels. */
final class Cuda {
  /** Multiples at which buffers begin: what the widest load of a kernel needs, and more. */
  static final long ALIGNMENT = 256;

  /** A null pointer as an argument of a kernel. */
  static final CUdeviceptr NULL = new CUdeviceptr();

  private Cuda() {}

  /**
   * Throws if a call failed.
   *
   * @throws GpuException with the name of the call
   */
  static void check(int result, String call) {
    if (result != 0) {
      throw new GpuException(call, result);
    }
  }

  static Pointer value(int value) {
    return Pointer.to(new int[] {value});
  }

  static Pointer value(long value) {
    return Pointer.to(new long[] {value});
  }

  static Pointer value(CUdeviceptr value) {
    return Pointer.to(value);
  }

  /** Returns the smallest multiple of a power of two that is not below a value. */
  static long roundUp(long value, long multiple) {
    return (value + multiple - 1) & -multiple;
  }

  /**
   * Host memory that the device copies from and to directly.
   *
   * @param pointer for the driver
   * @param memory the same bytes for Java
   */
  record Pinned(Pointer pointer, MemorySegment memory) {
    /** Allocates; the context must be current. */
    static Pinned allocate(long bytes) {
      Pointer pointer = new Pointer();
      check(cuMemAllocHost(pointer, bytes), "cuMemAllocHost");
      ByteBuffer buffer = pointer.getByteBuffer(0, bytes).order(ByteOrder.nativeOrder());
      return new Pinned(pointer, MemorySegment.ofBuffer(buffer));
    }

    /** Frees; errors are ignored, because they are those of earlier calls. */
    void free() {
      cuMemFreeHost(pointer);
    }
  }
}
