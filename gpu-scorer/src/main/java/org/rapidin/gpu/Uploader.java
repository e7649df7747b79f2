package org.rapidin.gpu;

import static jcuda.driver.JCudaDriver.cuMemcpyHtoDAsync;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import jcuda.driver.CUdeviceptr;

/**
 * Copies the rows of segments to a device, one segment at a time: while the device copies from one
 * half of a pinned buffer, the rows that follow are read into the other.
 */
final class Uploader {
  // Long enough for the full rate of PCIe, short enough to stay in the processor's cache.
  private static final long HALF_BYTES = 8L << 20;
  private static final int READERS = 8;

  private final GpuDevice device;
  private final ReentrantLock lock = new ReentrantLock(true);
  private Lane lane;
  private boolean closed;

  Uploader(GpuDevice device) {
    this.device = device;
  }

  /**
   * Allocates memory for a segment and fills it.
   *
   * @param evict frees another segment; returns false if none may be freed
   * @return owned by the caller
   * @throws GpuException if there is no memory, or another upload takes longer than {@code maxWait}
   * @throws IOException if the rows cannot be read
   */
  DeviceSegment upload(RowSource rows, Duration maxWait, BooleanSupplier evict) throws IOException {
    acquire(maxWait);
    try {
      if (closed) {
        throw new GpuException(Fallback.DISABLED, "the device was closed");
      }
      device.makeCurrent();
      if (lane == null) {
        lane = new Lane(device);
      }
      RowLayout layout = rows.layout();
      CUdeviceptr memory = device.memory().allocate(layout.bytes(), evict);
      DeviceSegment segment = new DeviceSegment(device, layout, memory);
      boolean complete = false;
      try {
        copy(rows, segment);
        complete = true;
      } finally {
        if (!complete) {
          lane.settle();
          segment.free();
        }
      }
      return segment;
    } finally {
      lock.unlock();
    }
  }

  private void acquire(Duration maxWait) {
    boolean free = false;
    try {
      free = lock.tryLock(maxWait.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!free) {
      throw new GpuException(Fallback.UPLOADING, "another segment is copied to the device");
    }
  }

  private void copy(RowSource rows, DeviceSegment segment) throws IOException {
    RowLayout layout = segment.layout();
    long rowBytes = layout.stride() + Float.BYTES;
    int step = (int) Math.clamp(HALF_BYTES / rowBytes, 1, Math.max(1, layout.rows()));
    long halfBytes = Cuda.roundUp(step * rowBytes, Cuda.ALIGNMENT);
    Cuda.Pinned buffer = lane.host(2 * halfBytes);
    if (layout.paddedDimension() != layout.dimension()) {
      // Rows are read without their padding, so it stays zero.
      buffer.memory().fill((byte) 0);
    }
    int half = 0;
    for (int first = 0; first < layout.rows(); first += step, half = 1 - half) {
      int count = Math.min(step, layout.rows() - first);
      lane.awaitEvent(half);
      copyStep(rows, segment, first, count, half * halfBytes, step * layout.stride());
      lane.record(half);
    }
    lane.await();
  }

  private void copyStep(
      RowSource rows, DeviceSegment segment, int first, int count, long at, long scalesAfter)
      throws IOException {
    RowLayout layout = segment.layout();
    Cuda.Pinned buffer = lane.host(0);
    long valuesBytes = count * layout.stride();
    long scalesBytes = (long) count * Float.BYTES;
    MemorySegment values = buffer.memory().asSlice(at, valuesBytes);
    MemorySegment scales = buffer.memory().asSlice(at + scalesAfter, scalesBytes);
    read(rows, first, count, values, layout.stride(), scales);
    copy(segment.row(first), buffer, at, valuesBytes);
    copy(segment.scale(first), buffer, at + scalesAfter, scalesBytes);
  }

  /**
   * Reads parts of a piece at once: one thread reads less than PCIe moves. Returns, or throws, when
   * every part has ended, because the buffer may be freed then.
   */
  private static void read(
      RowSource rows, int first, int count, MemorySegment values, long stride, MemorySegment scales)
      throws IOException {
    int part = Math.ceilDiv(count, READERS);
    List<Callable<Void>> parts = new ArrayList<>();
    for (int from = 0; from < count; from += part) {
      int begin = from;
      int length = Math.min(part, count - from);
      parts.add(
          () -> {
            try {
              rows.read(
                  first + begin,
                  length,
                  values.asSlice(begin * stride, length * stride),
                  stride,
                  scales.asSlice((long) begin * Float.BYTES, (long) length * Float.BYTES));
              return null;
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    for (Future<Void> read : ForkJoinPool.commonPool().invokeAllUninterruptibly(parts)) {
      if (read.state() == Future.State.FAILED) {
        switch (read.exceptionNow()) {
          case UncheckedIOException e -> throw e.getCause();
          case Error e -> throw e;
          case RuntimeException e -> throw e;
          default -> throw new AssertionError("a part throws nothing else");
        }
      }
    }
  }

  private void copy(CUdeviceptr target, Cuda.Pinned source, long offset, long bytes) {
    Cuda.check(
        cuMemcpyHtoDAsync(target, source.pointer().withByteOffset(offset), bytes, lane.stream()),
        "cuMemcpyHtoDAsync");
  }

  /** Waits for the upload that runs and frees the buffer. */
  void close() {
    lock.lock();
    try {
      closed = true;
      if (lane != null) {
        lane.close();
        lane = null;
      }
    } finally {
      lock.unlock();
    }
  }
}
