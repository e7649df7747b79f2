package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.FilterWeight;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Weight;
import org.rapidin.attribution.GradientVector;

/**
 * Matches every document that has a gradient vector and passes a filter, or only the candidates
 * that rank first, and scores it by its exact inner product with the query's. Boosts are Lucene's
 * {@code BoostQuery}. A clause of a boolean query filters too, but then documents are scored one by
 * one and not in blocks.
 *
 * <p>Immutable; the vector is shared with the creator, who must not change it.
 */
public final class InfluenceQuery extends Query {
  private final String field;
  private final List<float[]> vectors;
  private final InfluenceScore score;
  private final Query filter;
  private final Candidates candidates;
  private final ScanEngines engines;
  private final Normalization normalization;
  private final CandidateResults results = new CandidateResults();
  private final Function<IndexSearcher, ? extends RuntimeException> stopped;

  /**
   * @param field a field whose vectors have the dimension of {@code vector}
   * @param vector q, float32, length K, finite
   * @param score how an inner product becomes a score
   * @param filter what documents must match, or null
   * @param candidates how many documents match, or null for all that have a vector
   * @param engines compute inner products; no part of equality
   * @param stopped makes what the scan throws when the searcher's timeout says so (time over, task
   *     cancelled); it is checked every few rows, and no part of equality
   * @throws IllegalArgumentException if a number of {@code vector} is NaN or infinite
   */
  public InfluenceQuery(
      String field,
      float[] vector,
      InfluenceScore score,
      Query filter,
      Candidates candidates,
      ScanEngines engines,
      Function<IndexSearcher, ? extends RuntimeException> stopped) {
    this(field, List.of(vector), score, filter, candidates, engines, stopped);
  }

  /**
   * A query by several vectors: the largest product counts, for opponents the smallest.
   *
   * @param vectors at least one, as the other constructor's; only one with {@code candidates}
   */
  public InfluenceQuery(
      String field,
      List<float[]> vectors,
      InfluenceScore score,
      Query filter,
      Candidates candidates,
      ScanEngines engines,
      Function<IndexSearcher, ? extends RuntimeException> stopped) {
    this(field, vectors, score, filter, candidates, engines, null, stopped);
  }

  private InfluenceQuery(
      String field,
      List<float[]> vectors,
      InfluenceScore score,
      Query filter,
      Candidates candidates,
      ScanEngines engines,
      Normalization normalization,
      Function<IndexSearcher, ? extends RuntimeException> stopped) {
    this.field = Objects.requireNonNull(field, "field");
    this.vectors = List.copyOf(vectors);
    this.score = Objects.requireNonNull(score, "score");
    this.filter = filter;
    this.candidates = candidates;
    this.engines = Objects.requireNonNull(engines, "engines");
    this.normalization = normalization;
    this.stopped = Objects.requireNonNull(stopped, "stopped");
    // Checked by its constructor.
    vectors.forEach(GradientVector::new);
    if (candidates != null && vectors.size() > 1) {
      throw new IllegalArgumentException("candidates are found by one vector");
    }
  }

  /**
   * Returns this query with products that are divided by the measures of their rows before they are
   * scored.
   *
   * @param by what they are divided by; null for nothing
   */
  public InfluenceQuery normalized(Normalization by) {
    return new InfluenceQuery(field, vectors, score, filter, candidates, engines, by, stopped);
  }

  /** What products are divided by, or null. */
  public Normalization normalization() {
    return normalization;
  }

  /** The field that is searched. */
  public String field() {
    return field;
  }

  /** q, the first of several; length K; not to be changed. */
  public float[] vector() {
    return vectors.getFirst();
  }

  /** All vectors, of which the largest product counts; not to be changed. */
  List<float[]> vectors() {
    return vectors;
  }

  /** How an inner product becomes a score. */
  public InfluenceScore score() {
    return score;
  }

  /** What documents must match, or null. */
  public Query filter() {
    return filter;
  }

  /** How many documents match, or null for all that have a vector. */
  public Candidates candidates() {
    return candidates;
  }

  /**
   * In candidates mode the weight searches when it is first asked for documents. Otherwise, without
   * scores, this is the weight of a {@link FieldExistsQuery}, with the filter: it reads no rows. It
   * is not cacheable, because the query cache would keep a boolean query that holds the vector as a
   * key, and not count its bytes.
   */
  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost)
      throws IOException {
    if (candidates == null && !scoreMode.needsScores()) {
      Query matches = searcher.rewrite(matches());
      return new FilterWeight(matches.createWeight(searcher, scoreMode, boost)) {
        @Override
        public boolean isCacheable(LeafReaderContext context) {
          return false;
        }
      };
    }
    Weight accepted =
        filter == null
            ? null
            : searcher.createWeight(searcher.rewrite(filter), ScoreMode.COMPLETE_NO_SCORES, 1);
    ScanLimit limit = new ScanLimit(searcher.getTimeout(), () -> stopped.apply(searcher));
    InfluenceWeight exact = new InfluenceWeight(this, boost, accepted, engines.rows(), limit);
    return candidates == null ? exact : candidates(searcher, exact, accepted, boost, limit);
  }

  private Weight candidates(
      IndexSearcher searcher,
      InfluenceWeight exact,
      Weight accepted,
      float boost,
      ScanLimit limit) {
    InfluenceWeight.Ranking ranking = exact.ranking();
    CandidateSearch search =
        new CandidateSearch(field, ranking, candidates, engines, limit, accepted);
    return new CandidateWeight(
        this,
        () -> results.of(searcher.getIndexReader(), boost, () -> search.search(searcher)),
        candidates,
        ranking.maxScore(),
        exact);
  }

  private Query matches() {
    Query exists = new FieldExistsQuery(field);
    return filter == null
        ? exists
        : new BooleanQuery.Builder().add(exists, Occur.FILTER).add(filter, Occur.FILTER).build();
  }

  @Override
  public void visit(QueryVisitor visitor) {
    if (visitor.acceptField(field)) {
      visitor.visitLeaf(this);
    }
    if (filter != null) {
      filter.visit(visitor.getSubVisitor(Occur.FILTER, this));
    }
  }

  /** Names field and dimension only: a gradient can be turned back into text, so it never shows. */
  @Override
  public String toString(String defaultField) {
    String influence = "influence(" + field + ", K=" + vector().length;
    return filter == null ? influence + ")" : influence + ", filter=" + filter + ")";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof InfluenceQuery that
        && field.equals(that.field)
        && score.equals(that.score)
        && Objects.equals(filter, that.filter)
        && Objects.equals(candidates, that.candidates)
        && Objects.equals(normalization, that.normalization)
        && Arrays.deepEquals(vectors.toArray(), that.vectors.toArray());
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        classHash(),
        field,
        score,
        filter,
        candidates,
        normalization,
        Arrays.deepHashCode(vectors.toArray()));
  }
}
