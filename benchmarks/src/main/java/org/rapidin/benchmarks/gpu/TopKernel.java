package org.rapidin.benchmarks.gpu;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Runs {@code topk_pass} until one block per query is left. */
final class TopKernel {
  private static final int KEYS = 4096;
  private static final int THREADS = 512;

  private final RawDevice device;
  private final int count;
  private final int queries;
  private final int k;
  private final Buffer[] sorted = new Buffer[2];

  /**
   * @param count keys of each query
   */
  TopKernel(RawDevice device, Buffers buffers, int count, int queries, int k) {
    this.device = device;
    this.count = count;
    this.queries = queries;
    this.k = k;
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = buffers.allocate((long) Long.BYTES * queries * Math.ceilDiv(count, KEYS) * k);
    }
  }

  /** Starts the passes and returns where the k largest keys of each query will be. */
  Buffer run(Buffer keys) {
    Buffer from = keys;
    int turn = 0;
    int left = count;
    int blocks;
    do {
      blocks = Math.ceilDiv(left, KEYS);
      device.launch(
          "topk_pass", blocks, queries, THREADS, KEYS * Long.BYTES, from, left, k, sorted[turn]);
      from = sorted[turn];
      turn = 1 - turn;
      left = blocks * k;
    } while (blocks > 1);
    return from;
  }

  /** Returns the ordinals of the largest keys of a query. */
  int[] ordinals(Buffer keys, int query) {
    long[] found = new long[queries * k];
    device.read(keys, MemorySegment.ofArray(found));
    int[] ordinals = new int[k];
    int length = 0;
    while (length < k && found[query * k + length] != 0) {
      ordinals[length] = ~(int) found[query * k + length];
      length++;
    }
    return Arrays.copyOf(ordinals, length);
  }
}
