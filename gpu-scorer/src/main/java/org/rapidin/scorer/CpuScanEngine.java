package org.rapidin.scorer;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Scans on the calling thread: mapped rows in place, others copied block by block. Its scans hold
 * nothing that must be released.
 */
public final class CpuScanEngine implements ScanEngine {
  private final InnerProductScorer scorer;

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
    Optional<RowMatrix> mapped = rows.mapped();
    RowBlock block =
        mapped.isPresent() ? new RowBlock.Mapped(mapped.get()) : new RowBlock.Copied(rows);
    return new CpuScan(scorer.prepare(rows.elementType(), queries), rows, block, queries.size());
  }

  private record CpuScan(PreparedQueries queries, SegmentRows rows, RowBlock block, int count)
      implements Scan {

    @Override
    public int preferredRows() {
      return block.size();
    }

    @Override
    public void score(int[] ordinals, int n, float[] products) throws IOException {
      if (n <= block.size()) {
        score(ordinals, 0, n, products);
        return;
      }
      float[] ofBlock = new float[count * block.size()];
      for (int first = 0; first < n; first += block.size()) {
        if (first > 0) {
          rows.checkWanted();
        }
        int length = Math.min(block.size(), n - first);
        score(ordinals, first, length, ofBlock);
        for (int m = 0; m < count; m++) {
          System.arraycopy(ofBlock, m * length, products, m * n + first, length);
        }
      }
    }

    private void score(int[] ordinals, int first, int length, float[] products) throws IOException {
      block.load(ordinals, first, length);
      queries.score(block.matrix(), block.ordinals(), length, products);
    }

    @Override
    public void close() {}
  }
}
