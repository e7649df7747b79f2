package org.rapidin.benchmarks.gpu;

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

  /** Starts the passes. */
  void run(Buffer keys) {
    Buffer from = keys;
    int turn = 0;
    int left = count;
    int blocks;
    int step = 1;
    do {
      blocks = Math.ceilDiv(left, KEYS);
      device.launch(
          "topk_pass",
          blocks,
          queries,
          THREADS,
          KEYS * Long.BYTES,
          from,
          (long) left,
          step,
          left,
          k,
          sorted[turn]);
      from = sorted[turn];
      turn = 1 - turn;
      left = blocks * k;
    } while (blocks > 1);
  }
}
