package org.rapidin.plugin.explain;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.opensearch.common.document.DocumentField;
import org.opensearch.search.SearchHit;
import org.opensearch.search.internal.SearchContext;
import org.rapidin.plugin.handle.GradientKey;
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
    List<SearchHit> first =
        Arrays.stream(hits, 0, Math.min(count, hits.length))
            .filter(hit -> hit.field(ClauseNames.influence(query.name())) != null)
            .toList();
    if (first.isEmpty()) {
      return;
    }
    Function<SearchHit, TrainingText> texts = texts(context, query);
    for (SearchHit hit : first) {
      hit.setDocumentField(name, new DocumentField(name, List.of(texts.apply(hit).toValue())));
    }
  }

  /** The pipelines of the cluster are read once for all hits. */
  private Function<SearchHit, TrainingText> texts(
      SearchContext context, AttributedInfluenceQuery query) {
    GradientKey key = query.handle().key();
    StoredTexts.OfField field;
    try {
      field =
          texts.of(
              query.influence().field(),
              query.gradient().attributor(),
              query.gradient().fingerprint());
    } catch (RuntimeException e) {
      return hit -> fault(key, e);
    }
    List<LeafReaderContext> leaves = context.searcher().getIndexReader().leaves();
    return hit -> {
      LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(hit.docId(), leaves));
      try {
        return new TrainingText(key, field.text(leaf, hit.docId() - leaf.docBase), null);
      } catch (IOException | RuntimeException e) {
        return fault(key, e);
      }
    };
  }

  private static TrainingText fault(GradientKey key, Exception reason) {
    LOGGER.debug("the text of a hit is not known", reason);
    return new TrainingText(key, null, reason.getMessage());
  }
}
