package org.rapidin.benchmarks.gpu;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Device memory of one trial, freed together. */
final class Buffers implements AutoCloseable {
  private final RawDevice device;
  private final List<Buffer> buffers = new ArrayList<>();

  Buffers(RawDevice device) {
    this.device = device;
  }

  /** Allocates memory with undefined content. */
  Buffer allocate(long bytes) {
    Buffer buffer = device.allocate(bytes);
    buffers.add(buffer);
    return buffer;
  }

  /** Allocates memory for a host array and copies it. */
  Buffer of(MemorySegment array) {
    Buffer buffer = allocate(Math.max(1, array.byteSize()));
    device.write(buffer, array);
    return buffer;
  }

  Buffer of(int[] array) {
    return of(MemorySegment.ofArray(array));
  }

  Buffer of(float[] array) {
    return of(MemorySegment.ofArray(array));
  }

  /** Allocates memory and fills it with the same bytes over and over again. */
  Buffer repeat(MemorySegment block, long bytes) {
    Buffer buffer = allocate(bytes);
    long filled = Math.min(bytes, block.byteSize());
    device.write(buffer, block.asSlice(0, filled));
    for (long length; filled < bytes; filled += length) {
      length = Math.min(filled, bytes - filled);
      device.copy(buffer, filled, buffer, 0, length);
    }
    device.await();
    return buffer;
  }

  @Override
  public void close() {
    buffers.forEach(Buffer::close);
    buffers.clear();
  }
}
