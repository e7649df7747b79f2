package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.ScanEngine;
import org.rapidin.scorer.SegmentRows;

/** Scores the segments of one search for an {@link InfluenceQuery}. */
final class InfluenceWeight extends Weight {
  private final InfluenceQuery query;
  private final Ranking ranking;
  private final Weight filter;
  private final ScanEngine engine;
  private final ScanLimit limit;

  /**
   * @param filter what documents must match, or null
   */
  InfluenceWeight(
      InfluenceQuery query, float boost, Weight filter, ScanEngine engine, ScanLimit limit) {
    super(query);
    this.query = query;
    this.filter = filter;
    this.ranking =
        new Ranking(ScaledVector.of(query.vectors()), query.score(), query.normalization(), boost);
    this.engine = engine;
    this.limit = limit;
  }

  /**
   * How products become scores, in all segments.
   *
   * @param vectors the query's, scaled alike
   * @param score how a product becomes a score
   * @param boost factor of every score
   */
  record Ranking(
      List<ScaledVector> vectors, InfluenceScore score, Normalization normalization, float boost) {

    /** The first vector. */
    ScaledVector vector() {
      return vectors.getFirst();
    }

    /** What divides products before they are scored, for one thread. */
    RowMeasures measures(SegmentMatrix matrix, ScanLimit limit) throws IOException {
      return matrix.measures(normalization, limit::check);
    }

    /** The score of a product with a scaled vector, over the measure of the row. */
    float score(float product) {
      return boost * score.score(product * vector().factor());
    }

    /** Begins to score rows: of several vectors, the product that counts is given. */
    Scan open(ScanEngine engine, SegmentRows rows) throws IOException {
      List<float[]> queries = vectors.stream().map(ScaledVector::values).toList();
      return queries.size() == 1
          ? engine.open(rows, queries)
          : LargestScan.open(engine, rows, queries, score.opponents());
    }

    float maxScore() {
      return boost * InfluenceScore.MAX;
    }
  }

  Ranking ranking() {
    return ranking;
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
    Optional<SegmentMatrix> opened =
        SegmentMatrix.open(context.reader(), query.field(), query.vector().length);
    if (opened.isEmpty()) {
      return null;
    }
    ScorerSupplier accepted = filter == null ? null : filter.scorerSupplier(context);
    if (filter != null && accepted == null) {
      return null;
    }
    SegmentMatrix matrix = opened.get();
    return new ScorerSupplier() {
      @Override
      public Scorer get(long leadCost) throws IOException {
        return new InfluenceScorer(RankedRows.of(matrix, accepted, leadCost), ranking, limit);
      }

      @Override
      public BulkScorer bulkScorer() throws IOException {
        RankedRows rows = RankedRows.of(matrix, accepted, Long.MAX_VALUE);
        return new InfluenceBulkScorer(rows, ranking, engine, limit);
      }

      @Override
      public long cost() {
        return RankedRows.cost(matrix, accepted);
      }
    };
  }

  /** Names the field, the raw inner product, norms, scale and direction; never the vectors. */
  @Override
  public Explanation explain(LeafReaderContext context, int doc) throws IOException {
    LeafInfluence leaf = LeafInfluence.open(context, query.field());
    OptionalDouble raw = leaf.product(doc, new RawInfluence(query));
    if (raw.isEmpty()) {
      return Explanation.noMatch("no vector in field [%s]".formatted(query.field()));
    }
    Explanation accepted = filter == null ? null : filter.explain(context, doc);
    if (accepted != null && !accepted.isMatch()) {
      return Explanation.noMatch("the filter does not match", accepted);
    }
    InfluenceScore score = query.score();
    String sign = score.opponents() ? "-raw" : "raw";
    double measured = leaf.measure(doc, query).orElse(1);
    List<Explanation> parts =
        new ArrayList<>(
            List.of(
                Explanation.match(raw.getAsDouble(), "raw, inner product of document and query"),
                explainScale(),
                Explanation.match(
                    leaf.norm(doc, query.vector().length).getAsDouble(),
                    "norm of the document's vector as it is stored, %spart of the score"
                        .formatted(query.normalization() == null ? "not " : "")),
                Explanation.match(ranking.boost(), "boost")));
    if (query.normalization() != null) {
      parts.add(Explanation.match(measured, "measure of the document"));
    }
    return Explanation.match(
        ranking.boost() * score.score(measured == 0 ? 0 : raw.getAsDouble() / measured),
        "influence in field [%s], %s first, computed as boost * (1 + x / (1 + |x|)) with x = %s / %s from:"
            .formatted(
                query.field(),
                score.opponents() ? "opponents" : "proponents",
                sign,
                query.normalization() == null ? "scale" : "(measure * scale)"),
        parts);
  }

  private Explanation explainScale() {
    double scale = query.score().scale();
    double norm = InfluenceScore.norm(query.vectors());
    if (query.normalization() != null) {
      return Explanation.match(scale, "scale, measure of the query");
    }
    return Explanation.match(
        scale,
        "scale, computed as norm * s from:",
        Explanation.match(norm, "norm of the query"),
        Explanation.match(scale / norm, "s, score scale of the mapping"));
  }

  /** The key would hold the vector, which the cache does not account for. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return false;
  }
}
