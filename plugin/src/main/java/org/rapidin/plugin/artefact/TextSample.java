package org.rapidin.plugin.artefact;

import java.util.Map;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.ingest.DocumentText;

/**
 * Texts of documents that are drawn at random, by searches of the user, who sees what the user may
 * see. Blocks: not for transport threads.
 */
final class TextSample {
  /** Documents of a search, whose sources are on the heap together. */
  static final int PAGE = 16;

  private final ArtefactSpec spec;
  private final QueryBuilder wanted;
  private final DocumentText texts;
  private final Client client;

  /** Receives the documents of a search. */
  interface Pages {
    /**
     * Takes some documents.
     *
     * @param hits at least one
     * @param documents that are drawn in all
     */
    void accept(SearchHit[] hits, int documents);
  }

  /**
   * Prepares the searches.
   *
   * @param query that documents match; null for all
   * @param attributor whose template makes texts of documents
   * @param client sends the searches
   */
  TextSample(ArtefactSpec spec, QueryBuilder query, AttributorSpec attributor, Client client) {
    this.spec = spec;
    this.wanted = query == null ? QueryBuilders.matchAllQuery() : query;
    this.texts =
        new DocumentText(attributor.template(), Map.of(), new TextLimit(attributor.maxTokens()));
    this.client = client;
  }

  /**
   * Draws documents: the same ones while the shards have the same documents.
   *
   * @throws IllegalArgumentException if there are none
   */
  void read(Pages pages) {
    int from = 0;
    while (from < spec.sampleSize()) {
      SearchHits hits = client.search(page(from)).actionGet().getHits();
      if (hits.getHits().length == 0) {
        break;
      }
      int all = Math.toIntExact(Math.min(spec.sampleSize(), hits.getTotalHits().value()));
      pages.accept(hits.getHits(), all);
      from += hits.getHits().length;
    }
    if (from == 0) {
      throw new IllegalArgumentException(
          "no document of [%s] matches the query".formatted(spec.index()));
    }
  }

  /** Copies of a shard may order documents of equal scores differently, so pages ask the same. */
  private SearchRequest page(int from) {
    SearchRequest request =
        RandomDocuments.search(spec.index(), wanted, spec.seed())
            .preference("rapidin-" + spec.seed());
    request
        .source()
        .fetchSource(texts.template().fields().toArray(String[]::new), null)
        .trackTotalHitsUpTo(spec.sampleSize())
        .from(from)
        .size(Math.min(PAGE, spec.sampleSize() - from));
    return request;
  }

  /**
   * Returns the text of a document.
   *
   * @throws IllegalArgumentException if it does not have the fields of the template, or its
   *     completion is empty; names the field
   */
  Sample text(SearchHit hit) {
    Map<String, Object> source = hit.getSourceAsMap();
    return texts.of(
        new IngestDocument("", "", null, null, null, source == null ? Map.of() : source));
  }
}
