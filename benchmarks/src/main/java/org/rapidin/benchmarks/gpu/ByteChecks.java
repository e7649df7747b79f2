package org.rapidin.benchmarks.gpu;

import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.gpu.RandomVectors.Expected;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.gpu.RawDevice;
import org.rapidin.gpu.RawDevice.Buffer;

/** Compares the int8 kernels with the oracle. */
final class ByteChecks {
  private final RawDevice device;
  private final Report report;
  private final Checks checks;

  ByteChecks(RawDevice device, Report report, Checks checks) {
    this.device = device;
    this.report = report;
    this.checks = checks;
  }

  /** Verifies dense scans, lists and bitsets of rows, and the top rows. */
  void run(int count, int dimension) throws IOException {
    int[] all = IntStream.range(0, count).toArray();
    int[] list = IntStream.range(0, count).filter(row -> row % 3 == 1).toArray();
    BitSet accepted = EngineChecks.bits(count, row -> row % 5 > 0);
    List<float[]> queries = RandomVectors.queries(16, dimension);
    try (ByteRows rows = new ByteRows(device, count, dimension);
        Buffers buffers = new Buffers(device)) {
      Buffer listBuffer = buffers.of(list);
      Buffer accept =
          buffers.of(Arrays.copyOf(accepted.toLongArray(), Math.ceilDiv(count, Long.SIZE)));
      Expected expected = rows.vectors().expect(queries);
      rows.sendQueries(queries);
      rows.score(16, null, 0, null);
      float[] together = rows.scores(16, count);
      for (int q : EngineChecks.QUERIES) {
        rows.sendQueries(queries.subList(0, q));
        rows.score(q, listBuffer, list.length, null);
        float[] listed = rows.scores(q, list.length);
        rows.score(q, null, 0, accept);
        float[] dense = rows.scores(q, count);
        double error = expected.error(all, count, dense);
        double listError = expected.error(list, list.length, listed);
        boolean same = Arrays.equals(dense, Arrays.copyOf(together, dense.length));
        boolean top = topIsExact(rows, dense, q, accepted);
        new ScanResult("int8 (kernels)", dimension, count, q, error, listError, same, top)
            .report(report, checks);
      }
    }
  }

  private boolean topIsExact(ByteRows rows, float[] scores, int q, BitSet accepted) {
    int count = scores.length / q;
    boolean exact = true;
    for (int k : EngineChecks.TOPS) {
      try (Buffers buffers = new Buffers(device)) {
        TopKernel kernel = new TopKernel(device, buffers, count, q, k);
        Buffer top = kernel.run(rows.keys());
        for (int m : new int[] {0, q - 1}) {
          float[] own = Arrays.copyOfRange(scores, m * count, (m + 1) * count);
          exact &= Arrays.equals(TopOrder.top(own, k, accepted), kernel.ordinals(top, m));
        }
      }
    }
    return exact;
  }
}
