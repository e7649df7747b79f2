package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.List;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.util.IOSupplier;

/**
 * Keeps what the last search of a query found, because OpenSearch makes a weight for each hit that
 * it explains. Safe for many threads, of which one searches while the others wait.
 */
final class CandidateResults {
  private IndexReader reader;
  private float boost;
  private List<RankedCandidates> leaves;

  /**
   * Returns what a search finds.
   *
   * @param searched by the search
   * @param factor of every score
   * @param search runs unless the last one was the same
   */
  // Readers are equal if they are the same.
  @SuppressWarnings("ReferenceEquality")
  synchronized List<RankedCandidates> of(
      IndexReader searched, float factor, IOSupplier<List<RankedCandidates>> search)
      throws IOException {
    if (leaves == null || reader != searched || boost != factor) {
      leaves = search.get();
      reader = searched;
      boost = factor;
    }
    return leaves;
  }
}
