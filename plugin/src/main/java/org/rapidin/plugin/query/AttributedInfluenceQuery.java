package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.rapidin.plugin.lucene.InfluenceQuery;

/**
 * An {@link InfluenceQuery} that remembers where its vector came from, so that explanations can
 * name it and fetched hits can be told their raw influence. Ranks as the query inside does.
 */
public final class AttributedInfluenceQuery extends Query {
  private final InfluenceQuery influence;
  private final ResolvedGradient gradient;
  private final String name;

  /**
   * Joins a query with its origin.
   *
   * @param influence what ranks
   * @param gradient where its vector came from
   * @param name the query's {@code _name}, or null; no part of equality, as for every query
   */
  AttributedInfluenceQuery(InfluenceQuery influence, ResolvedGradient gradient, String name) {
    this.influence = Objects.requireNonNull(influence, "influence");
    this.gradient = Objects.requireNonNull(gradient, "gradient");
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

  /** The query's {@code _name}, or null. */
  public String name() {
    return name;
  }

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    return new FilterWeight(this, influence.createWeight(searcher, scoreMode, boost)) {
      @Override
      public Explanation explain(LeafReaderContext context, int doc) throws IOException {
        Explanation inner = super.explain(context, doc);
        return inner.isMatch()
            ? Explanation.match(inner.getValue(), origin(), inner)
            : Explanation.noMatch(origin(), inner);
      }
    };
  }

  private String origin() {
    return String.format(
        Locale.ROOT,
        "influence by attributor [%s], model [%s], fingerprint [%s]",
        gradient.attributor(),
        gradient.model() == null ? "of an attributor that is gone" : gradient.model(),
        gradient.fingerprint());
  }

  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(influence.field())) {
      visitor.visitLeaf(this);
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
