package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyDtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyDtoHAsync;
import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;
import static jcuda.driver.JCudaDriver.cuMemsetD8Async;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import jcuda.NativePointerObject;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.GpuDevice.Grid;

/**
 * Direct access to the first device of an engine, for benchmarks: memory, copies, any kernel, and
 * the time that kernels take, those of the engine's scans too. For one thread, which is the only
 * one to use the engine meanwhile.
 */
public final class RawDevice implements AutoCloseable {
  private final GpuDevice device;
  private final Lane lane;
  private final Set<String> loaded = new HashSet<>();

  /**
   * What the driver says about the device.
   *
   * @param clockMhz the highest clock of the multiprocessors
   * @param memoryClockMhz the highest clock of the memory
   * @param sharedBytes the most shared memory of a block
   * @param freeBytes of memory, now
   */
  public record Properties(
      String name,
      String computeCapability,
      int multiprocessors,
      int clockMhz,
      int memoryClockMhz,
      int busBits,
      int sharedBytes,
      long freeBytes) {}

  /** Device memory; freed by {@link #close}. */
  public final class Buffer implements AutoCloseable {
    private final CUdeviceptr pointer;
    private final long bytes;

    private Buffer(long bytes) {
      this.bytes = bytes;
      this.pointer = device.memory().allocate(bytes);
    }

    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      device.makeCurrentIfPossible();
      lane.settle();
      device.memory().free(pointer, bytes);
    }
  }

  /** Work that is measured. */
  @FunctionalInterface
  public interface Work {
    /** Does the work. */
    void run() throws IOException;
  }

  private RawDevice(GpuDevice device) {
    this.device = device;
    device.makeCurrent();
    this.lane = new Lane(device);
  }

  /**
   * Opens the first device of an engine.
   *
   * @throws IllegalStateException if the engine has none, see {@link GpuStats#reason}
   */
  public static RawDevice of(GpuScanEngine engine) {
    return new RawDevice(
        engine.devices().stream()
            .findFirst()
            .orElseThrow(() -> new IllegalStateException(engine.stats().reason())));
  }

  /** Returns what the driver says. */
  public Properties properties() {
    device.makeCurrent();
    return new Properties(
        device.name(),
        device.computeCapability(),
        device.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
        device.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE) / 1000,
        device.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE) / 1000,
        device.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH),
        device.attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
        GpuDevice.freeBytes());
  }

  /**
   * Allocates device memory with undefined content.
   *
   * @throws GpuException if there is not enough
   */
  public Buffer allocate(long bytes) {
    device.makeCurrent();
    return new Buffer(bytes);
  }

  /** Returns pinned host memory of at least so many bytes; growing it loses what it held. */
  public MemorySegment pinned(long bytes) {
    device.makeCurrent();
    return lane.host(bytes).memory();
  }

  /** Copies the first bytes of the pinned memory to a place in a buffer. */
  public void send(Buffer target, long offset, long bytes) {
    Cuda.check(
        cuMemcpyHtoDAsync(
            target.pointer.withByteOffset(offset),
            lane.host(bytes).pointer(),
            bytes,
            lane.stream()),
        "cuMemcpyHtoDAsync");
  }

  /** Copies from a place in a buffer to the beginning of the pinned memory. */
  public void fetch(Buffer source, long offset, long bytes) {
    Cuda.check(
        cuMemcpyDtoHAsync(
            lane.host(bytes).pointer(),
            source.pointer.withByteOffset(offset),
            bytes,
            lane.stream()),
        "cuMemcpyDtoHAsync");
  }

  /** Copies between buffers, or between places of one that do not overlap. */
  public void copy(Buffer target, long targetOffset, Buffer source, long offset, long bytes) {
    Cuda.check(
        cuMemcpyDtoDAsync(
            target.pointer.withByteOffset(targetOffset),
            source.pointer.withByteOffset(offset),
            bytes,
            lane.stream()),
        "cuMemcpyDtoDAsync");
  }

  /** Fills a buffer with zeros. */
  public void clear(Buffer target) {
    Cuda.check(
        cuMemsetD8Async(target.pointer, (byte) 0, target.bytes, lane.stream()), "cuMemsetD8Async");
  }

  /** Copies a whole host array into a buffer and waits. */
  public void write(Buffer target, MemorySegment source) {
    long bytes = source.byteSize();
    pinned(bytes).copyFrom(source);
    send(target, 0, bytes);
    await();
  }

  /** Copies the beginning of a buffer to a host array and waits. */
  public void read(Buffer source, MemorySegment target) {
    long bytes = target.byteSize();
    pinned(bytes);
    fetch(source, 0, bytes);
    await();
    target.copyFrom(pinned(bytes).asSlice(0, bytes));
  }

  /**
   * Starts a kernel.
   *
   * @param x blocks
   * @param y blocks
   * @param sharedBytes dynamic shared memory of a block
   * @param arguments int, long, buffers, and null pointers
   */
  public void launch(
      String kernel, int x, int y, int threads, int sharedBytes, Object... arguments) {
    if (loaded.add(kernel)) {
      device.load(kernel, sharedBytes);
    }
    NativePointerObject[] values =
        Stream.of(arguments).map(RawDevice::argument).toArray(NativePointerObject[]::new);
    device.launch(kernel, new Grid(x, y, threads, sharedBytes), lane.stream(), values);
  }

  private static NativePointerObject argument(Object argument) {
    return switch (argument) {
      case null -> Cuda.value(Cuda.NULL);
      case Integer number -> Cuda.value(number.intValue());
      case Long number -> Cuda.value(number.longValue());
      case Buffer buffer -> Cuda.value(buffer.pointer);
      default -> throw new IllegalArgumentException("not an argument: %s".formatted(argument));
    };
  }

  /** Waits until everything was done. */
  public void await() {
    lane.await();
  }

  /** Returns how long the device takes for copies and kernels that {@code work} starts here. */
  public double millis(Work work) throws IOException {
    device.makeCurrent();
    try (KernelClock clock = new KernelClock()) {
      clock.begin(lane.stream());
      work.run();
      clock.end(lane.stream());
      lane.await();
      return clock.millis();
    }
  }

  /**
   * Returns the time from the beginning of the first kernel to the end of the last one that a call
   * of a scan starts.
   */
  public double kernelMillis(Work work) throws IOException {
    device.makeCurrent();
    try (KernelClock clock = new KernelClock()) {
      device.clock(clock);
      try {
        work.run();
      } finally {
        device.clock(null);
      }
      device.makeCurrent();
      return clock.millis();
    }
  }

  /** Frees the pinned memory; buffers are the caller's to close. */
  @Override
  public void close() {
    lane.close();
  }
}
