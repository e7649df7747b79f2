package org.rapidin.plugin.sample;

import java.util.Map;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.index.query.QueryBuilder;
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
public final class TextSample {
  /** Documents of a search, whose sources are on the heap together. */
  private static final int PAGE = 16;

  private final RandomDocuments documents;
  private final DocumentText texts;
  private final Runnable check;

  /** Receives the documents of a search. */
  public interface Pages {
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
   * @param documents how many, and in which order
   * @param attributor whose template makes texts of documents
   * @param check is called while a search runs; throws to end the wait
   */
  public TextSample(RandomDocuments documents, AttributorSpec attributor, Runnable check) {
    TextLimit limit = new TextLimit(attributor.maxTokens());
    this.documents = documents;
    this.texts = new DocumentText(attributor.template(), Map.of(), limit);
    this.check = check;
  }

  /**
   * Draws documents: the same ones while the shards have the same documents.
   *
   * @param client sends the searches
   * @param index names, aliases or patterns, separated by commas
   * @param query that they match; null for all
   * @throws IllegalArgumentException if there are none
   */
  public void read(Client client, String index, QueryBuilder query, Pages pages) {
    int from = 0;
    while (from < documents.size()) {
      SearchHits hits =
          WantedAnswer.await(client.search(page(index, query, from)), check).getHits();
      if (hits.getHits().length == 0) {
        break;
      }
      int all = Math.toIntExact(Math.min(documents.size(), hits.getTotalHits().value()));
      pages.accept(hits.getHits(), all);
      from += hits.getHits().length;
    }
    if (from == 0) {
      throw new IllegalArgumentException("no document of [%s] matches the query".formatted(index));
    }
  }

  /** Copies of a shard may order documents of equal scores differently, so pages ask the same. */
  private SearchRequest page(String index, QueryBuilder query, int from) {
    SearchRequest request =
        documents.request(index, query).preference("rapidin-" + documents.seed());
    request
        .source()
        .fetchSource(texts.template().fields().toArray(String[]::new), null)
        .trackTotalHitsUpTo(documents.size())
        .from(from)
        .size(Math.min(PAGE, documents.size() - from));
    return request;
  }

  /**
   * Returns the text of a document.
   *
   * @throws IllegalArgumentException if it does not have the fields of the template, or its
   *     completion is empty; names the field
   */
  public Sample text(SearchHit hit) {
    Map<String, Object> source = hit.getSourceAsMap();
    return texts.of(
        new IngestDocument("", "", null, null, null, source == null ? Map.of() : source));
  }
}
