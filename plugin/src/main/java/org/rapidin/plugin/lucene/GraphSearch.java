package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.apache.lucene.util.hnsw.HnswGraphSearcher;
import org.apache.lucene.util.hnsw.RandomVectorScorer;
import org.rapidin.scorer.Scan;

/**
 * Finds documents with the best estimates of one segment by Lucene's search of the graph over its
 * codes, instead of estimating all. Deleted and filtered documents are passed through and not
 * found.
 *
 * @param matrix the rows
 * @param graph over their codes
 * @param count how many documents are wanted
 * @param limit is checked now and then
 * @param counters of searches
 */
record GraphSearch(
    SegmentMatrix matrix, HnswGraph graph, int count, ScanLimit limit, CandidateCounters counters) {
  /**
   * Rows that are scanned in the time of one that Lucene expects a search to visit. A visited row
   * costs as much as two, because it is read out of order, and about twice as many are visited as
   * are expected.
   */
  private static final int SCANNED_PER_EXPECTED = 4;

  private static final int SCANNED_PER_VISITED = 2;

  /**
   * Searches.
   *
   * @param scan estimates of one query, on the CPU
   * @param filter what documents must match, or null
   * @param opponents whether low estimates are the best
   * @return nothing if estimating all accepted documents is expected to be faster or turned out to
   *     be, or if the search did not reach as many as are wanted
   */
  Optional<BestRows.Kept> search(
      Scan scan, LeafReaderContext context, ScorerSupplier filter, boolean opponents)
      throws IOException {
    if (isScanFaster(matrix.rows())) {
      return Optional.empty();
    }
    FixedBitSet accepted = accepted(context.reader().getLiveDocs(), filter);
    int documents = accepted == null ? matrix.rows() : accepted.cardinality();
    if (isScanFaster(documents)) {
      return Optional.empty();
    }
    // After that many visits a scan would have been faster.
    TopKnnCollector collector = new TopKnnCollector(count, documents / SCANNED_PER_VISITED);
    HnswGraphSearcher.search(
        new Estimates(scan, matrix.rows(), limit, opponents),
        collector,
        graph,
        accepted,
        documents);
    ScoreDoc[] found = collector.topDocs().scoreDocs;
    // Fewer where accepted rows cannot be reached from the others.
    boolean isWhole = !collector.earlyTerminated() && found.length == Math.min(count, documents);
    counters.countGraph(isWhole, collector.visitedCount());
    return isWhole ? Optional.of(documents(found)) : Optional.empty();
  }

  /** Rows that are passed through are visited too, the more the fewer are accepted. */
  private boolean isScanFaster(int documents) {
    long expected = HnswGraphSearcher.expectedVisitedNodes(count, matrix.rows());
    double visited = (double) SCANNED_PER_EXPECTED * expected * matrix.rows();
    return visited >= (double) documents * documents;
  }

  /** Returns the rows that may be found, or null for all. */
  private FixedBitSet accepted(Bits live, ScorerSupplier filter) throws IOException {
    if (live == null && filter == null) {
      return null;
    }
    FixedBitSet accepted = new FixedBitSet(matrix.rows());
    RankedRows rows = RankedRows.of(matrix, filter, Long.MAX_VALUE);
    DocIdSetIterator docs = rows.docs();
    int passed = 0;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (passed++ % ScanLimit.ROWS == 0) {
        limit.check();
      }
      if (live == null || live.get(doc)) {
        accepted.set(rows.rows().index());
      }
    }
    return accepted;
  }

  private BestRows.Kept documents(ScoreDoc[] found) {
    // Documents ascend with their rows.
    Arrays.sort(found, Comparator.comparingInt(row -> row.doc));
    int[] docs = new int[found.length];
    float[] estimates = new float[found.length];
    for (int i = 0; i < found.length; i++) {
      docs[i] = matrix.document(found[i].doc);
      estimates[i] = found[i].score;
    }
    return new BestRows.Kept(docs, estimates);
  }

  /** Scores rows by their estimates, the larger the better. */
  static final class Estimates implements RandomVectorScorer {
    private final Scan scan;
    private final int rows;
    private final ScanLimit limit;
    private final boolean opponents;
    private final int[] one = new int[1];
    private final float[] estimate = new float[1];

    Estimates(Scan scan, int rows, ScanLimit limit, boolean opponents) {
      this.scan = scan;
      this.rows = rows;
      this.limit = limit;
      this.opponents = opponents;
    }

    @Override
    public float score(int row) throws IOException {
      one[0] = row;
      bulkScore(one, estimate, 1);
      return estimate[0];
    }

    /** Sorts the rows, because scans want them ascending; the searcher takes them in any order. */
    @Override
    public float bulkScore(int[] nodes, float[] scores, int count) throws IOException {
      limit.check();
      Arrays.sort(nodes, 0, count);
      try {
        scan.score(nodes, count, scores);
      } catch (IllegalStateException e) {
        throw SegmentMatrix.closed(e);
      }
      float best = Float.NEGATIVE_INFINITY;
      for (int i = 0; i < count; i++) {
        scores[i] = opponents ? -scores[i] : scores[i];
        best = Math.max(best, scores[i]);
      }
      return best;
    }

    @Override
    public int maxOrd() {
      return rows;
    }
  }
}
