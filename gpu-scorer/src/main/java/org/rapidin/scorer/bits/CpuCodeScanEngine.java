package org.rapidin.scorer.bits;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.rapidin.scorer.Scan;

/**
 * Scans on the calling thread: mapped codes in place, others copied block by block. Rows that are
 * not asked for are not read. Its scans hold nothing that must be released.
 */
public final class CpuCodeScanEngine implements CodeScanEngine {
  private final BitProducts products;

  /** An engine with the fastest code of this JVM. */
  public CpuCodeScanEngine() {
    this(BitProducts.best());
  }

  CpuCodeScanEngine(BitProducts products) {
    this.products = products;
  }

  @Override
  public Scan open(SegmentCodes codes, List<SignQuery> queries) {
    CodeScanEngine.check(codes, queries);
    return new CpuScan(products, codes, queries);
  }

  private static final class CpuScan implements Scan {
    // 8 MiB at B = 65,536, about a millisecond with one query: the caller can stop that soon.
    private static final int PREFERRED_ROWS = 1024;
    private static final int ROWS_PER_CHECK = 64;
    // 16 KiB of the rows of a block, and 8 KiB of a query.
    private static final int TILE_WORDS = 256;

    private final BitProducts products;
    private final SegmentCodes codes;
    private final List<SignQuery> queries;
    private final double[] offsets;
    private final CodeBlock block;
    private final int[] sums;

    // Only so that reading ahead has a result.
    @SuppressWarnings("UnusedVariable")
    private long fetched;

    CpuScan(BitProducts products, SegmentCodes codes, List<SignQuery> queries) {
      this.products = products;
      this.codes = codes;
      this.queries = queries;
      this.offsets = queries.stream().mapToDouble(query -> query.offset(codes.centre())).toArray();
      this.block = CodeBlock.of(codes);
      this.sums = new int[queries.size() * CodeBlock.ROWS];
    }

    @Override
    public int preferredRows() {
      return PREFERRED_ROWS;
    }

    /**
     * Takes block after block, so that its rows stay in the cache while the queries pass, and of a
     * block tile after tile, so that a tile stays in the first level of the cache.
     */
    @Override
    public void score(int[] ordinals, int count, float[] estimates) throws IOException {
      for (int first = 0; first < count; first += CodeBlock.ROWS) {
        int length = Math.min(CodeBlock.ROWS, count - first);
        if (first % ROWS_PER_CHECK == 0 && first > 0) {
          codes.checkWanted();
        }
        block.load(ordinals, first, length);
        fetched ^= block.matrix().fetch(block.ordinals(), length);
        sumBlock(length);
        for (int m = 0; m < queries.size(); m++) {
          estimate(m, length, estimates, m * count + first);
        }
      }
    }

    private void sumBlock(int length) {
      Arrays.fill(sums, 0);
      int words = codes.bits() / Long.SIZE;
      for (int from = 0; from < words; from += TILE_WORDS) {
        int to = Math.min(words, from + TILE_WORDS);
        for (int m = 0; m < queries.size(); m++) {
          products.add(
              block.matrix(),
              block.ordinals(),
              length,
              queries.get(m),
              from,
              to,
              sums,
              m * CodeBlock.ROWS);
        }
      }
    }

    private void estimate(int m, int length, float[] estimates, int at) {
      SignQuery query = queries.get(m);
      CodeMatrix matrix = block.matrix();
      for (int i = 0; i < length; i++) {
        float factor = matrix.factor(block.ordinals()[i]);
        int sum = sums[m * CodeBlock.ROWS + i];
        estimates[at + i] = query.estimate(factor, sum, offsets[m]);
      }
    }

    @Override
    public void close() {}
  }
}
