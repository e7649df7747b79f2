package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;

import java.lang.foreign.MemorySegment;
import jcuda.NativePointerObject;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.GpuDevice.Grid;

/**
 * A lane's memory on both sides as one pass divides it: first buffers are planned, then {@link
 * #allocate} provides them. For one thread; the lane's context must be current.
 */
final class PassMemory {
  private final Lane lane;
  private long hostBytes;
  private long deviceBytes;
  private Cuda.Pinned host;
  private CUdeviceptr scratch;

  PassMemory(Lane lane) {
    this.lane = lane;
  }

  /** A buffer that exists on both sides. */
  record Buffer(long onHost, long onDevice, long bytes) {}

  /** Plans a buffer on both sides. */
  Buffer buffer(long bytes) {
    Buffer buffer = new Buffer(hostBytes, onDevice(bytes), bytes);
    hostBytes += Cuda.roundUp(bytes, Cuda.ALIGNMENT);
    return buffer;
  }

  /** Plans a buffer on the device and returns where it is. */
  long onDevice(long bytes) {
    long at = deviceBytes;
    deviceBytes += Cuda.roundUp(bytes, Cuda.ALIGNMENT);
    return at;
  }

  /**
   * Provides what was planned.
   *
   * @throws GpuException if there is not enough memory
   */
  void allocate() {
    host = lane.host(hostBytes);
    scratch = lane.scratch(deviceBytes);
  }

  /** Returns the host's side of a buffer. */
  MemorySegment host(Buffer buffer) {
    return host.memory().asSlice(buffer.onHost, buffer.bytes);
  }

  CUdeviceptr at(Buffer buffer) {
    return at(buffer.onDevice);
  }

  CUdeviceptr at(long onDevice) {
    return scratch.withByteOffset(onDevice);
  }

  int sharedLimit() {
    return lane.device().sharedLimit();
  }

  void launch(String name, Grid grid, NativePointerObject... arguments) {
    lane.device().launch(name, grid, lane.stream(), arguments);
  }

  void send(Buffer buffer) {
    Cuda.check(
        cuMemcpyHtoDAsync(
            at(buffer), host.pointer().withByteOffset(buffer.onHost), buffer.bytes, lane.stream()),
        "cuMemcpyHtoDAsync");
  }

  /** Fills a part of the device's memory with zeros. */
  void clear(long onDevice, long bytes) {
    Cuda.check(cuMemsetD8Async(at(onDevice), (byte) 0, bytes, lane.stream()), "cuMemsetD8Async");
  }

  /**
   * Waits for what the stream was given and returns the host's copy of a buffer, taken from {@code
   * onDevice}.
   */
  MemorySegment fetch(Buffer buffer, long onDevice) {
    Cuda.check(
        cuMemcpyDtoHAsync(
            host.pointer().withByteOffset(buffer.onHost),
            at(onDevice),
            buffer.bytes,
            lane.stream()),
        "cuMemcpyDtoHAsync");
    lane.await();
    return host(buffer);
  }
}
