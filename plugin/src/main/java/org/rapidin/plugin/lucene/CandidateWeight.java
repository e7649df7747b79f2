package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.Explanation;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.Weight;

/** Matches the documents that {@link CandidateSearch} found, and no others. */
final class CandidateWeight extends Weight {
  private final List<RankedCandidates> leaves;
  private final float maxScore;
  private final Weight exact;

  /**
   * @param leaves what matches in each segment of the searcher, by {@link LeafReaderContext#ord}
   * @param maxScore no score is higher
   * @param exact explains the score of a document that matches
   */
  CandidateWeight(Query query, List<RankedCandidates> leaves, float maxScore, Weight exact) {
    super(query);
    this.leaves = leaves;
    this.maxScore = maxScore;
    this.exact = exact;
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) {
    RankedCandidates leaf = leaves.get(context.ord);
    return leaf.docs().length == 0
        ? null
        : new DefaultScorerSupplier(new CandidateScorer(leaf.iterator(), maxScore));
  }

  @Override
  public Explanation explain(LeafReaderContext context, int doc) throws IOException {
    return leaves.get(context.ord).find(doc) < 0
        ? Explanation.noMatch("the document is not among the candidates that rank first")
        : exact.explain(context, doc);
  }

  /** The key would hold the vector, which the cache does not account for. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return false;
  }

  private static final class CandidateScorer extends Scorer {
    private final RankedCandidates.Iterator docs;
    private final float maxScore;

    CandidateScorer(RankedCandidates.Iterator docs, float maxScore) {
      this.docs = docs;
      this.maxScore = maxScore;
    }

    @Override
    public int docID() {
      return docs.docID();
    }

    @Override
    public DocIdSetIterator iterator() {
      return docs;
    }

    @Override
    public float score() {
      return docs.score();
    }

    @Override
    public float getMaxScore(int upTo) {
      return maxScore;
    }
  }
}
