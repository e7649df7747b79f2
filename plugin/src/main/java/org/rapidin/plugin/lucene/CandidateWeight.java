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
import org.apache.lucene.util.IOSupplier;

/**
 * Matches the documents that a {@link CandidateSearch} finds, and no others. The search runs when
 * documents are collected or explained: OpenSearch makes weights that it does not search with, and
 * takes a timeout for one only while it collects.
 */
final class CandidateWeight extends Weight {
  private final IOSupplier<List<RankedCandidates>> results;
  private final Candidates candidates;
  private final float maxScore;
  private final Weight exact;

  /**
   * @param results what matches in each segment of the searcher, by {@link LeafReaderContext#ord};
   *     computed when it is asked for
   * @param maxScore no score is higher
   * @param exact explains the score of a document that matches
   */
  CandidateWeight(
      Query query,
      IOSupplier<List<RankedCandidates>> results,
      Candidates candidates,
      float maxScore,
      Weight exact) {
    super(query);
    this.results = results;
    this.candidates = candidates;
    this.maxScore = maxScore;
    this.exact = exact;
  }

  @Override
  public ScorerSupplier scorerSupplier(LeafReaderContext context) {
    return new DefaultScorerSupplier(new CandidateScorer(new Matches(context.ord)));
  }

  @Override
  public Explanation explain(LeafReaderContext context, int doc) throws IOException {
    return results.get().get(context.ord).find(doc) < 0
        ? Explanation.noMatch(
            "the document is not among the best [%s] of its shard, which are all that match"
                .formatted(candidates.k()))
        : exact.explain(context, doc);
  }

  /** The key would hold the vector, which the cache does not account for. */
  @Override
  public boolean isCacheable(LeafReaderContext context) {
    return false;
  }

  /** The documents of one segment, which are searched for with the first step. */
  private final class Matches extends DocIdSetIterator {
    private final int leaf;
    private RankedCandidates.Iterator found;

    Matches(int leaf) {
      this.leaf = leaf;
    }

    private RankedCandidates.Iterator found() throws IOException {
      if (found == null) {
        found = results.get().get(leaf).iterator();
      }
      return found;
    }

    float score() {
      return found.score();
    }

    @Override
    public int docID() {
      return found == null ? -1 : found.docID();
    }

    @Override
    public int nextDoc() throws IOException {
      return found().nextDoc();
    }

    @Override
    public int advance(int target) throws IOException {
      return found().advance(target);
    }

    @Override
    public long cost() {
      return candidates.k();
    }
  }

  private final class CandidateScorer extends Scorer {
    private final Matches matches;

    CandidateScorer(Matches matches) {
      this.matches = matches;
    }

    @Override
    public int docID() {
      return matches.docID();
    }

    @Override
    public DocIdSetIterator iterator() {
      return matches;
    }

    @Override
    public float score() {
      return matches.score();
    }

    @Override
    public float getMaxScore(int upTo) {
      return maxScore;
    }
  }
}
