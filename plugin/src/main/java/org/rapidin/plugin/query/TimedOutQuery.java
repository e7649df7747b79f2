package org.rapidin.plugin.query;

import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;
import org.opensearch.search.query.QueryPhase.TimeExceededException;

/**
 * Stands for an influence query whose gradient was not computed within the timeout of the search.
 * It ends the search of a shard as a timeout there does: the response has {@code timed_out}, and
 * what was found until then. For rescorers see {@link LateRescorers}.
 */
final class TimedOutQuery extends Query {

  @Override
  public Weight createWeight(IndexSearcher searcher, ScoreMode scoreMode, float boost) {
    return new ConstantScoreWeight(this, boost) {
      @Override
      public ScorerSupplier scorerSupplier(LeafReaderContext context) {
        return new DefaultScorerSupplier(
            new ConstantScoreScorer(score(), scoreMode, new TimedOutIterator()));
      }

      @Override
      public boolean isCacheable(LeafReaderContext context) {
        return false;
      }
    };
  }

  /** Has a message for searches that do not allow partial results. */
  private static final class NoGradientInTime extends TimeExceededException {
    @Override
    public String getMessage() {
      return "the time of the search was over before an influence query could be scanned";
    }
  }

  private static final class TimedOutIterator extends DocIdSetIterator {
    @Override
    public int docID() {
      return -1;
    }

    @Override
    public int nextDoc() {
      throw new NoGradientInTime();
    }

    @Override
    public int advance(int target) {
      throw new NoGradientInTime();
    }

    @Override
    public long cost() {
      return 1;
    }
  }

  @Override
  public void visit(QueryVisitor visitor) {
    visitor.visitLeaf(this);
  }

  @Override
  public String toString(String field) {
    return "influence(timed out)";
  }

  @Override
  public boolean equals(Object other) {
    return sameClassAs(other);
  }

  @Override
  public int hashCode() {
    return classHash();
  }
}
