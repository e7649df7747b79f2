package org.rapidin.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import jcuda.driver.CUdeviceptr;
import org.rapidin.gpu.PassMemory.Buffer;

/**
 * Finds the k largest of n keys of each query. Of many keys only those are sorted that are not
 * below the k-th of a sample: for the best 1,000 of 5,000,000 these are about 76,000.
 */
final class TopKeys {
  /** Keys that are sorted without a look at a sample, and twice the size of one. */
  static final int MANY = 1 << 17;

  private static final int SAMPLED = MANY / 2;

  private final PassMemory memory;
  private final int queries;
  private final int count;
  private final int k;
  private final int step;
  private final int capacity;
  private final long keys;
  private final long[] sorted;
  private final long kept;
  private final Buffer counts;
  private final Buffer top;

  /** Plans the memory. */
  TopKeys(PassMemory memory, int queries, int count, int k) {
    this.memory = memory;
    this.queries = queries;
    this.count = count;
    this.k = k;
    this.step = Math.ceilDiv(count, SAMPLED);
    this.capacity = count <= MANY ? 0 : (int) Math.min(count, 2L * k * step + Kernels.topKeys());
    this.keys = memory.onDevice(keyBytes(count));
    long most = keyBytes((long) Kernels.topBlocks(count) * k);
    this.sorted = new long[] {memory.onDevice(most), memory.onDevice(most)};
    this.kept = memory.onDevice(keyBytes(capacity));
    this.counts = memory.buffer((long) Integer.BYTES * queries);
    this.top = memory.buffer(keyBytes(k));
  }

  private long keyBytes(long each) {
    return (long) Long.BYTES * queries * each;
  }

  /** Where the keys are to be written, [queries][n]. */
  CUdeviceptr keys() {
    return memory.at(keys);
  }

  /** Returns the best rows of each query, when the stream was given what writes the keys. */
  List<TopRows> find() {
    MemorySegment found = memory.fetch(top, capacity == 0 ? sortAll() : sortKept());
    return IntStream.range(0, queries)
        .mapToObj(m -> found.asSlice((long) Long.BYTES * m * k, (long) Long.BYTES * k))
        .map(own -> TopRows.ofKeys(own.toArray(ValueLayout.JAVA_LONG)))
        .toList();
  }

  private long sortAll() {
    return sort(keys, count, 1, count);
  }

  private long sortKept() {
    long best = sort(keys, count, step, count / step);
    memory.clear(counts.onDevice(), counts.bytes());
    memory.clear(kept, keyBytes(capacity));
    memory.launch(
        "topk_filter",
        Kernels.filterGrid(count, queries),
        Cuda.value(keys()),
        Cuda.value(count),
        Cuda.value(memory.at(best)),
        Cuda.value(k),
        Cuda.value(capacity),
        Cuda.value(memory.at(kept)),
        Cuda.value(memory.at(counts)));
    MemorySegment each = memory.fetch(counts, counts.onDevice());
    int most = 0;
    for (int m = 0; m < queries; m++) {
      most = Math.max(most, each.getAtIndex(ValueLayout.JAVA_INT, m));
    }
    return most > capacity ? sortAll() : sort(kept, capacity, 1, Math.max(1, most));
  }

  /**
   * Returns where the k largest keys of each query are.
   *
   * @param from [queries][stride]
   * @param taken how many of these, one in {@code every}
   */
  private long sort(long from, long stride, int every, int taken) {
    long source = from;
    long sourceStride = stride;
    int sourceStep = every;
    int left = taken;
    int turn = 0;
    int blocks;
    do {
      blocks = Kernels.topBlocks(left);
      memory.launch(
          "topk_pass",
          Kernels.topGrid(left, queries),
          Cuda.value(memory.at(source)),
          Cuda.value(sourceStride),
          Cuda.value(sourceStep),
          Cuda.value(left),
          Cuda.value(k),
          Cuda.value(memory.at(sorted[turn])));
      source = sorted[turn];
      turn = 1 - turn;
      left = blocks * k;
      sourceStride = left;
      sourceStep = 1;
    } while (blocks > 1);
    return source;
  }
}
