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
   * @param scorer computes the products
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
    return new CpuScan(rows, queries);
  }

  /** Returns what was scored so far. */
  public RowCounts counts() {
    return new RowCounts(mapped.sum(), copied.sum());
  }

  private final class CpuScan implements Scan {
    private final SegmentRows rows;
    private final RowBlock block;
    private final PreparedQueries queries;
    private final float[] ofBlock;

    CpuScan(SegmentRows rows, List<float[]> queries) {
      this.rows = rows;
      this.block = RowBlock.of(rows);
      this.queries = scorer.prepare(rows.elementType(), queries);
      this.ofBlock = new float[queries.size() * RowBlock.ROWS];
    }

    @Override
    public int preferredRows() {
      return RowBlock.ROWS;
    }

    @Override
    public void score(int[] ordinals, int count, float[] products) throws IOException {
      for (int first = 0, length; first < count; first += length) {
        if (first > 0) {
          rows.checkWanted();
        }
        length = block.load(ordinals, first, Math.min(RowBlock.ROWS, count - first));
        (block.inPlace() ? mapped : copied).add(length);
        queries.score(block.matrix(), block.ordinals(), length, ofBlock);
        for (int m = 0; m < ofBlock.length / RowBlock.ROWS; m++) {
          System.arraycopy(ofBlock, m * length, products, m * count + first, length);
        }
      }
    }

    @Override
    public void close() {}
  }
}
