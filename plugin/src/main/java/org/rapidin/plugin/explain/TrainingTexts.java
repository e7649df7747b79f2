package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.List;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.plugin.query.AttributedInfluenceQuery;
import org.rapidin.plugin.query.ClauseNames;

/**
 * Puts the texts of a shard's first hits into them, for the coordinating node. The first hits of
 * the search are among the first of their shards.
 *
 * @param texts finds them
 */
record TrainingTexts(StoredTexts texts) {
  private static final Logger LOGGER = LogManager.getLogger(TrainingTexts.class);

  /**
   * Puts a {@link TrainingText} into each of the first hits that has a vector. Whatever fails
   * stands in the hit, because a listener cannot fail a search.
   *
   * @param context whose hits have been fetched
   * @param count how many hits are wanted
   */
  void attach(SearchContext context, AttributedInfluenceQuery query, int count) {
    String name = ClauseNames.trainingTokens(query.name());
    SearchHit[] hits = context.fetchResult().hits().getHits();
    for (SearchHit hit : List.of(hits).subList(0, Math.min(count, hits.length))) {
      if (hit.field(ClauseNames.influence(query.name())) != null) {
        TrainingText text = text(context, query, hit);
        hit.setDocumentField(name, new DocumentField(name, List.of(text.toValue())));
      }
    }
  }

  private TrainingText text(SearchContext context, AttributedInfluenceQuery query, SearchHit hit) {
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
    try {
      StoredTexts.OfField field =
          texts.of(
              query.influence().field(),
              query.gradient().attributor(),
              query.gradient().fingerprint());
      return new TrainingText(
          query.handle().key(), field.text(leaf, hit.docId() - leaf.docBase), null);
    } catch (IOException | RuntimeException e) {
      LOGGER.debug("the text of a hit is not known", e);
      return new TrainingText(query.handle().key(), null, e.getMessage());
    }
  }
}
