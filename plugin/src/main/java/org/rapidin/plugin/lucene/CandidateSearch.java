package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.KnnVectorValues.DocIndexIterator;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.hnsw.HnswGraph;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.SegmentRows;
import org.rapidin.scorer.bits.CpuCodeScanEngine;
import org.rapidin.scorer.bits.SegmentCodes;
import org.rapidin.scorer.bits.SignQuery;

/**
 * Finds the documents that a query in candidates mode matches: estimates the inner products of all
 * accepted documents from their codes, scores the best estimates of all segments exactly, and keeps
 * the best of those. Segments without codes are scored exactly at once; where a segment has a
 * graph, its best estimates are searched for.
 *
 * <p>Deleted and filtered documents are left out before candidates are chosen. Estimates of
 * different segments can be compared, because each estimates the inner product itself, without
 * bias, whatever centre its segment has.
 */
final class CandidateSearch {
  private final String field;
  private final InfluenceWeight.Ranking ranking;
  private final Candidates candidates;
  private final ScanEngines engines;
  private final ScanLimit limit;
  private final Weight filter;
  private final Map<Integer, SignQuery> signQueries = new ConcurrentHashMap<>();

  /**
   * @param filter what documents must match, or null
   */
  CandidateSearch(
      String field,
      InfluenceWeight.Ranking ranking,
      Candidates candidates,
      ScanEngines engines,
      ScanLimit limit,
      Weight filter) {
    this.field = field;
    this.ranking = ranking;
    this.candidates = candidates;
    this.engines = engines;
    this.limit = limit;
    this.filter = filter;
  }

  /**
   * Documents of one segment.
   *
   * @param matrix the rows, or null if there are none
   * @param docs ascending
   * @param values estimates or scores of the same documents
   */
  private record Leaf(SegmentMatrix matrix, int[] docs, float[] values) {
    int[] ords() throws IOException {
      int[] ords = new int[docs.length];
      DocIndexIterator rows = matrix.iterator();
      for (int i = 0; i < ords.length; i++) {
        rows.advance(docs[i]);
        ords[i] = rows.index();
      }
      return ords;
    }
  }

  /** Runs one task for each segment, in parallel where the searcher has threads for it. */
  List<RankedCandidates> search(IndexSearcher searcher) throws IOException {
    List<Callable<Leaf>> estimates = new ArrayList<>();
    for (LeafReaderContext context : searcher.getIndexReader().leaves()) {
      estimates.add(() -> estimate(context));
    }
    List<Leaf> chosen =
        best(searcher.getTaskExecutor().invokeAll(estimates), candidates.rescored());
    List<Callable<Leaf>> scores = new ArrayList<>();
    for (Leaf leaf : chosen) {
      if (leaf.docs.length > 0) {
        leaf.matrix.prefetch(leaf.ords(), limit::check);
      }
      scores.add(() -> score(leaf));
    }
    return best(searcher.getTaskExecutor().invokeAll(scores), candidates.k()).stream()
        .map(leaf -> new RankedCandidates(leaf.docs, leaf.values))
        .toList();
  }

  private Leaf estimate(LeafReaderContext context) throws IOException {
    Optional<SegmentMatrix> opened =
        SegmentMatrix.open(context.reader(), field, ranking.vector().values().length);
    ScorerSupplier accepted = filter == null ? null : filter.scorerSupplier(context);
    if (opened.isEmpty() || (filter != null && accepted == null)) {
      return new Leaf(null, new int[0], new float[0]);
    }
    SegmentMatrix matrix = opened.get();
    // A graph leads to the largest products, which need not be the largest quotients.
    Optional<HnswGraph> graph = ranking.normalization() == null ? matrix.graph() : Optional.empty();
    if (graph.isPresent()) {
      Optional<BestRows.Kept> found = searchGraph(matrix, graph.get(), context, accepted);
      if (found.isPresent()) {
        return new Leaf(matrix, found.get().numbers(), found.get().values());
      }
      accepted = filter == null ? null : filter.scorerSupplier(context);
    }
    BestRows.Kept best = estimateAll(matrix, context, accepted);
    return new Leaf(matrix, best.numbers(), best.values());
  }

  /** Returns nothing if estimating all is as fast. */
  private Optional<BestRows.Kept> searchGraph(
      SegmentMatrix matrix, HnswGraph graph, LeafReaderContext context, ScorerSupplier accepted)
      throws IOException {
    SegmentCodes codes = matrix.codes().orElseThrow();
    // On the CPU: rows are asked for a few at a time.
    try (Scan scan = new CpuCodeScanEngine().open(codes, signQuery(codes))) {
      return new GraphSearch(matrix, graph, candidates.rescored(), limit, engines.counters())
          .search(scan, context, accepted, ranking.score().opponents());
    }
  }

  private BestRows.Kept estimateAll(
      SegmentMatrix matrix, LeafReaderContext context, ScorerSupplier accepted) throws IOException {
    BestRows best = new BestRows(candidates.rescored(), matrix.rows());
    try (Scan scan = estimates(matrix)) {
      RankedRows rows = RankedRows.of(matrix, accepted, Long.MAX_VALUE);
      RowBlocks blocks = new RowBlocks(rows, limit);
      rows.docs().nextDoc();
      RowMeasures measures = ranking.measures(matrix, limit);
      Bits live = context.reader().getLiveDocs();
      for (int count = blocks.next(scan, live, Integer.MAX_VALUE);
          count > 0;
          count = blocks.next(scan, live, Integer.MAX_VALUE)) {
        addTo(best, blocks, count, measures);
      }
    }
    return best.kept();
  }

  private void addTo(BestRows best, RowBlocks blocks, int count, RowMeasures measures)
      throws IOException {
    for (int i = 0; i < count; i++) {
      float product = measures.divided(blocks.product(i), blocks.ord(i));
      best.add(blocks.doc(i), ranking.score().opponents() ? -product : product);
    }
  }

  /** Exact scores of the chosen documents. */
  private Leaf score(Leaf leaf) throws IOException {
    if (leaf.docs.length == 0) {
      return leaf;
    }
    float[] scores = new float[leaf.docs.length];
    int[] ords = leaf.ords();
    try (Scan scan = exact(leaf.matrix)) {
      scan.score(ords, ords.length, scores);
    } catch (IllegalStateException e) {
      throw SegmentMatrix.closed(e);
    }
    RowMeasures measures = ranking.measures(leaf.matrix, limit);
    for (int i = 0; i < scores.length; i++) {
      scores[i] = ranking.score(measures.divided(scores[i], ords[i]));
    }
    return new Leaf(leaf.matrix, leaf.docs, scores);
  }

  /** Keeps the best documents of all segments; of equal ones those that come first. */
  private static List<Leaf> best(List<Leaf> leaves, int count) {
    int total = leaves.stream().mapToInt(leaf -> leaf.docs.length).sum();
    BestRows best = new BestRows(count, total);
    int base = 0;
    for (Leaf leaf : leaves) {
      for (int i = 0; i < leaf.values.length; i++) {
        best.add(base + i, leaf.values[i]);
      }
      base += leaf.docs.length;
    }
    return split(leaves, best.kept().numbers());
  }

  /** Returns of each segment the documents at these positions of all together. */
  private static List<Leaf> split(List<Leaf> leaves, int[] positions) {
    List<Leaf> parts = new ArrayList<>();
    int base = 0;
    int from = 0;
    for (Leaf leaf : leaves) {
      int to = from;
      while (to < positions.length && positions[to] < base + leaf.docs.length) {
        to++;
      }
      int[] docs = new int[to - from];
      float[] values = new float[to - from];
      for (int i = 0; i < docs.length; i++) {
        docs[i] = leaf.docs[positions[from + i] - base];
        values[i] = leaf.values[positions[from + i] - base];
      }
      parts.add(new Leaf(leaf.matrix, docs, values));
      base += leaf.docs.length;
      from = to;
    }
    return parts;
  }

  private Scan estimates(SegmentMatrix matrix) throws IOException {
    Optional<SegmentCodes> codes = matrix.codes();
    engines.counters().countScan(codes.isPresent());
    return codes.isPresent()
        ? engines.codes().open(new CheckedCodes(codes.get(), limit::check), signQuery(codes.get()))
        : ranking.open(engines.rows(), checked(matrix));
  }

  /** On the CPU: a device would copy all rows of the segment to score a few. */
  private Scan exact(SegmentMatrix matrix) throws IOException {
    return ranking.open(new CpuScanEngine(), checked(matrix));
  }

  private SegmentRows checked(SegmentMatrix matrix) {
    return new CheckedRows(matrix, limit::check);
  }

  /** Prepared once for all segments, unless their codes have different numbers of bits. */
  private List<SignQuery> signQuery(SegmentCodes codes) {
    return List.of(
        signQueries.computeIfAbsent(
            codes.bits(),
            bits -> {
              float[] vector = ranking.vector().values();
              return new SignQuery(CodeRotation.of(vector.length), bits, vector);
            }));
  }
}
