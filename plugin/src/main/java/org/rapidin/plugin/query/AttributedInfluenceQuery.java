package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.InfluenceQuery;
import org.rapidin.plugin.lucene.LeafInfluence;
import org.rapidin.plugin.lucene.RawInfluence;

/**
 * An {@link InfluenceQuery} with the origin of its vector, which explanations name and from which
 * the raw influence of fetched hits is computed. Ranks as the inner query does.
 */
public final class AttributedInfluenceQuery extends Query {
  /** A few milliseconds: a search may explain each of its hits, and nothing stops that. */
  private static final double EXPLAINED_OPERATIONS = 4e5;

  private final InfluenceQuery influence;
  private final ResolvedGradient gradient;
  private final GradientHandle handle;
  private final String name;

  /**
   * Combines a query with its origin.
   *
   * @param influence what ranks
   * @param gradient where its vector came from
   * @param handle where the gradient is kept, or null; not part of equality
   * @param name the query's {@code _name}, or null; not part of equality, as in every query
   */
  AttributedInfluenceQuery(
      InfluenceQuery influence, ResolvedGradient gradient, GradientHandle handle, String name) {
    this.influence = Objects.requireNonNull(influence, "influence");
    this.gradient = Objects.requireNonNull(gradient, "gradient");
    this.handle = handle;
    this.name = name;
  }

  /** What ranks. */
  public InfluenceQuery influence() {
    return influence;
  }

  /** Where the vector came from. */
  public ResolvedGradient gradient() {
    return gradient;
  }

  /** Where the gradient is kept, or null where it travelled with the query. */
  public GradientHandle handle() {
    return handle;
  }

  /** The query's {@code _name}, or null. */
  public String name() {
    return name;
  }

  /** Whether the raw influences are the same; direction and boost change the ranking alone. */
  public boolean sameInfluence(AttributedInfluenceQuery other) {
    return influence.field().equals(other.influence.field())
        && gradient.equals(other.gradient)
        && Objects.equals(influence.normalization(), other.influence.normalization());
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    if (!scoreMode.needsScores()) {
      return influence.createWeight(searcher, scoreMode, boost);
    }
    return new FilterWeight(this, influence.createWeight(searcher, scoreMode, boost)) {
      @Override
      public Explanation explain(LeafReaderContext context, int doc) throws IOException {
        Explanation inner = super.explain(context, doc);
        return inner.isMatch()
            ? Explanation.match(inner.getValue(), origin(), inner, error(context, doc))
            : Explanation.noMatch(origin(), inner);
      }
    };
  }

  /** Explains the error of raw as an estimate of the influence of the gradients. */
  private Explanation error(LeafReaderContext context, int doc) throws IOException {
    if (gradient.error().compression().operations() > EXPLAINED_OPERATIONS) {
      return Explanation.match(
          0,
          "standard error of raw, not part of the score: it takes too long to compute here, use [ext.influence.calibration] in a search");
    }
    LeafInfluence leaf = LeafInfluence.open(context, influence.field());
    double raw = leaf.product(doc, new RawInfluence(influence)).orElseThrow();
    HitError error = HitError.of(gradient, leaf, doc, raw, () -> {}).orElseThrow();
    return error.isKnown()
        ? Explanation.match(
            error.standardError(),
            "%sstandard error of raw by compression and by rounding of the stored vector, not part of the score"
                .formatted(error.atMost() ? "largest " : ""))
        : Explanation.match(
            error.storage(),
            "standard error of raw by rounding of the stored vector, not part of the score; the error by compression is not known: "
                + error.reason());
  }

  private String origin() {
    return "influence by attributor [%s], model [%s], fingerprint [%s]%s; %s"
        .formatted(
            gradient.attributor(),
            gradient.model() == null ? "of a deleted attributor" : gradient.model(),
            gradient.fingerprint(),
            gradient.preconditioner() == null
                ? ""
                : ", preconditioned by the artefact with digest [%s]"
                    .formatted(gradient.preconditioner()),
            meaning());
  }

  /**
   * The sign of the raw influence in words. The direction of the query does not change it; weights
   * of a set do.
   */
  private String meaning() {
    return gradient.tokens().isEmpty()
        ? "raw is positive where training on the document moved the model along the query's vector, which for generations with a negative weight means less likely"
        : "raw is positive where training on the document made the generation more likely, negative where less likely";
  }

  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(influence.field())) {
      visitor.visitLeaf(this);
    }
    if (influence.filter() != null) {
      influence.filter().visit(visitor.getSubVisitor(Occur.FILTER, this));
    }
  }

  @Override
  public String toString(String field) {
    return influence.toString(field);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AttributedInfluenceQuery that
        && influence.equals(that.influence)
        && gradient.equals(that.gradient);
  }

  @Override
  public int hashCode() {
    return Objects.hash(classHash(), influence, gradient);
  }
}
