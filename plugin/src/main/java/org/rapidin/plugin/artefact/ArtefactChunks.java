package org.rapidin.plugin.artefact;

import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.opensearch.action.admin.indices.refresh.RefreshRequest;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.delete.DeleteRequest;
import org.opensearch.action.get.GetRequest;
import org.opensearch.action.get.GetResponse;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.transport.client.Client;

/**
 * The bytes of artefacts, in documents of one chunk each. Blocks: not for transport threads. Safe
 * for many threads.
 */
final class ArtefactChunks {
  /** Bytes of a chunk; as base64 it is a third longer. */
  static final int BYTES_EACH = 1 << 20;

  private static final int DELETED_TOGETHER = 1_000;
  private static final String CHUNK = "chunk";
  private static final String DIGEST = "digest";
  private static final String BYTES = "bytes";

  private final Client client;

  /** A chunk as it is stored. */
  record Chunk(String digest, byte[] bytes) {}

  /**
   * @param client of the plugin, not of a user
   */
  ArtefactChunks(Client client) {
    this.client = client;
  }

  /** Writes a chunk. */
  void write(String run, int number, Chunk chunk) {
    client
        .index(
            new IndexRequest(ArtefactIndex.NAME)
                .id(id(run, number))
                .source(
                    Map.of(
                        ArtefactIndex.KIND,
                        CHUNK,
                        ArtefactIndex.RUN,
                        run,
                        DIGEST,
                        chunk.digest(),
                        BYTES,
                        Base64.getEncoder().encodeToString(chunk.bytes()))))
        .actionGet();
  }

  /** Reads a chunk; empty if there is none. */
  Optional<Chunk> read(String run, int number) {
    GetResponse found = client.get(new GetRequest(ArtefactIndex.NAME, id(run, number))).actionGet();
    if (!found.isExists()) {
      return Optional.empty();
    }
    Map<String, Object> source = found.getSourceAsMap();
    return Optional.of(
        new Chunk(
            source.get(DIGEST).toString(),
            Base64.getDecoder().decode(source.get(BYTES).toString())));
  }

  private static String id(String run, int number) {
    return run + "." + number;
  }

  /** Removes all chunks of a run; sees the last write. */
  void delete(String run) {
    client.admin().indices().refresh(new RefreshRequest(ArtefactIndex.NAME)).actionGet();
    SearchRequest chunks =
        new SearchRequest(ArtefactIndex.NAME)
            .source(
                new SearchSourceBuilder()
                    .query(
                        QueryBuilders.boolQuery()
                            .filter(QueryBuilders.termQuery(ArtefactIndex.KIND, CHUNK))
                            .filter(QueryBuilders.termQuery(ArtefactIndex.RUN, run)))
                    .fetchSource(false)
                    .size(DELETED_TOGETHER));
    for (SearchHit[] hits = hits(chunks); hits.length > 0; hits = hits(chunks)) {
      BulkRequest deletes = new BulkRequest().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
      Arrays.stream(hits)
          .forEach(hit -> deletes.add(new DeleteRequest(ArtefactIndex.NAME, hit.getId())));
      BulkResponse answer = client.bulk(deletes).actionGet();
      if (answer.hasFailures()) {
        throw new IllegalStateException(answer.buildFailureMessage());
      }
    }
  }

  private SearchHit[] hits(SearchRequest request) {
    return client.search(request).actionGet().getHits().getHits();
  }
}
