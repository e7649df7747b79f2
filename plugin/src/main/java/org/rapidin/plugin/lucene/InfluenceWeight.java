package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalDouble;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BulkScorer;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.rapidin.attribution.GradientVector;
import org.rapidin.scorer.InnerProductScorer;

/** Scores the segments of one search for an {@link InfluenceQuery}. */
final class InfluenceWeight extends Weight {
  private final InfluenceQuery query;
  private final Scan scan;
  private final ScoreMode scoreMode;

  InfluenceWeight(
      InfluenceQuery query,
      ScoreMode scoreMode,
      float boost,
      InnerProductScorer scorer,
      ScanLimit limit) {
    super(query);
    this.query = query;
    this.scoreMode = scoreMode;
    this.scan = new Scan(ScaledVector.of(query.vector()), query.score(), boost, scorer, limit);
  }

  /**
   * What all segments share.
   *
   * @param vector the query
   * @param score how a product becomes a score
   * @param boost factor of every score
   * @param scorer computes the products
   * @param limit says when to stop
   */
  record Scan(
      ScaledVector vector,
      InfluenceScore score,
      float boost,
      InnerProductScorer scorer,
      ScanLimit limit) {

    /** The score of a product with the scaled vector. */
    float score(float product) {
      return boost * score.score(product * vector.factor());
    }

    float maxScore() {
      return boost * InfluenceScore.MAX;
    }
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) throws IOException {
    Optional<SegmentMatrix> opened =
        SegmentMatrix.open(context.reader(), query.field(), query.vector().length);
    if (opened.isEmpty()) {
      return null;
    }
    SegmentMatrix matrix = opened.get();
    return new ScorerSupplier() {
      @Override
      public Scorer get(long leadCost) {
        return new InfluenceScorer(matrix, scan);
      }

      @Override
      public BulkScorer bulkScorer() throws IOException {
        return scoreMode.needsScores()
            ? new InfluenceBulkScorer(matrix, scan)
            : new DefaultBulkScorer(get(Long.MAX_VALUE));
      }

      @Override
      public long cost() {
        return matrix.size();
      }
    };
  }

  /** Names the field, the raw inner product, norms, scale and direction; never the vectors. */
  @Override
  public Explanation explain(LeafReaderContext context, int doc) throws IOException {
    LeafInfluence leaf = LeafInfluence.open(context, query.field());
    OptionalDouble raw = leaf.product(doc, query.vector());
    if (raw.isEmpty()) {
      return Explanation.noMatch("no vector in field [" + query.field() + "]");
    }
    InfluenceScore score = query.score();
    String sign = score.opponents() ? "-raw" : "raw";
    return Explanation.match(
        scan.boost() * score.score(raw.getAsDouble()),
        "influence in field ["
            + query.field()
            + "], "
            + (score.opponents() ? "opponents" : "proponents")
            + " first, computed as boost * (1 + x / (1 + |x|)) with x = "
            + sign
            + " / scale from:",
        Explanation.match(raw.getAsDouble(), "raw, inner product of document and query"),
        explainScale(),
        Explanation.match(
            leaf.norm(doc, query.vector().length).getAsDouble(),
            "norm of the document's vector as it is stored, no part of the score"),
        Explanation.match(scan.boost(), "boost"));
  }

  private Explanation explainScale() {
    double scale = query.score().scale();
    double norm = new GradientVector(query.vector()).norm();
    return Explanation.match(
        scale,
        "scale, computed as norm * s from:",
        Explanation.match(norm, "norm of the query"),
        Explanation.match(scale / norm, "s, score scale of the mapping"));
  }

  /** Which documents match depends on the segment alone. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return true;
  }
}
