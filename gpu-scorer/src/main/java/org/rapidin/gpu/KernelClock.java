package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuEventCreate;
import static jcuda.driver.JCudaDriver.cuEventDestroy;
import static jcuda.driver.JCudaDriver.cuEventElapsedTime;
import static jcuda.driver.JCudaDriver.cuEventRecord;
import static jcuda.driver.JCudaDriver.cuEventSynchronize;

import jcuda.driver.CUevent;
import jcuda.driver.CUevent_flags;
import jcuda.driver.CUstream;

/**
 * Measures work on one stream by two events that the device records. For one thread; the context
 * must be current.
 */
final class KernelClock implements AutoCloseable {
  private final CUevent first = new CUevent();
  private final CUevent last = new CUevent();
  private boolean begun;

  KernelClock() {
    Cuda.check(cuEventCreate(first, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
    Cuda.check(cuEventCreate(last, CUevent_flags.CU_EVENT_DEFAULT), "cuEventCreate");
  }

  /** Begins to measure, unless it has begun. */
  void begin(CUstream stream) {
    if (!begun) {
      begun = true;
      Cuda.check(cuEventRecord(first, stream), "cuEventRecord");
    }
  }

  /** Measures until here, unless there is a later end. */
  void end(CUstream stream) {
    Cuda.check(cuEventRecord(last, stream), "cuEventRecord");
  }

  /** Waits for the end and returns the time from the beginning, 0 if it has not begun. */
  double millis() {
    if (!begun) {
      return 0;
    }
    Cuda.check(cuEventSynchronize(last), "cuEventSynchronize");
    float[] millis = new float[1];
    Cuda.check(cuEventElapsedTime(millis, first, last), "cuEventElapsedTime");
    return millis[0];
  }

  @Override
  public void close() {
    cuEventDestroy(first);
    cuEventDestroy(last);
  }
}
