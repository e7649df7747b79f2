package org.rapidin.scorer;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Scans on the calling thread: mapped rows in place, others copied block by block. Its scans hold
 * nothing that must be released. Counts both.
 */
public final class CpuScanEngine implements ScanEngine {
  private final InnerProductScorer scorer;
  private final LongAdder mapped = new LongAdder();
  private final LongAdder copied = new LongAdder();

  /**
   * @param scorer computes the products of one query
   */
  public CpuScanEngine(InnerProductScorer scorer) {
    this.scorer = scorer;
  }

  /** An engine with the fastest scorer of this JVM. */
  public CpuScanEngine() {
    this(InnerProductScorers.best());
  }

  @Override
  public Scan open(SegmentRows rows, List<float[]> queries) {
    ScanEngine.check(rows, queries);
    return new CpuScan(scorer, rows, RowBlock.of(rows), queries, mapped, copied);
  }

  /** Returns what was scored so far. */
  public RowCounts counts() {
    return new RowCounts(mapped.sum(), copied.sum());
  }

  private record CpuScan(
      InnerProductScorer scorer,
      SegmentRows rows,
      RowBlock block,
      List<float[]> queries,
      LongAdder mapped,
      LongAdder copied)
      implements Scan {
    // 8 MiB at K = 65,536 in float16, less than a millisecond: the caller can stop that soon.
    private static final int PREFERRED_ROWS = 64;

    @Override
    public int preferredRows() {
      return PREFERRED_ROWS;
    }

    /** Takes block after block, so that its rows stay in the cache while the queries pass. */
    @Override
    public void score(int[] ordinals, int count, float[] products) throws IOException {
      float[] ofBlock = new float[RowBlock.ROWS];
      for (int first = 0; first < count; first += RowBlock.ROWS) {
        int length = Math.min(RowBlock.ROWS, count - first);
        if (first % PREFERRED_ROWS == 0 && first > 0) {
          rows.checkWanted();
        }
        block.load(ordinals, first, length);
        (block.inPlace() ? mapped : copied).add(length);
        for (int m = 0; m < queries.size(); m++) {
          scorer.score(block.matrix(), block.ordinals(), length, queries.get(m), ofBlock);
          System.arraycopy(ofBlock, 0, products, m * count + first, length);
        }
      }
    }

    @Override
    public void close() {}
  }
}
