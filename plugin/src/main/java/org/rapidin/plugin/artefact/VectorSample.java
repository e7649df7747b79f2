package org.rapidin.plugin.artefact;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.query.BoolQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchShardTarget;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.Client;

/**
 * Documents that are drawn at random, with a vector each: found by a search of the user, who sees
 * what the user may see, and read where they are stored, without running the model. Blocks: not for
 * transport threads.
 */
final class VectorSample {
  /** Bytes of the vectors of a batch, unless one alone is larger. */
  static final int BATCH_BYTES = 4 << 20;

  private final ArtefactSpec spec;
  private final int dimension;
  private final TransportService transport;
  private final DiscoveryNodes nodes;

  /** Receives vectors. */
  interface Batches {
    /** Takes some vectors. */
    void accept(List<float[]> vectors) throws IOException;
  }

  /** The ids of documents of a shard, and the node that has a copy of it. */
  record ShardDocuments(ShardId shard, String node, List<String> ids) {}

  VectorSample(ArtefactSpec spec, int dimension, TransportService transport, DiscoveryNodes nodes) {
    this.spec = spec;
    this.dimension = dimension;
    this.transport = transport;
    this.nodes = nodes;
  }

  /** Returns the bytes that a batch takes, as it was received and as it is decoded. */
  long batchBytes() {
    return 3L * Math.max(BATCH_BYTES, (long) Float.BYTES * dimension);
  }

  /**
   * Draws documents: the same ones while the shards have the same documents.
   *
   * @param client sends the search
   * @param index names, aliases or patterns, separated by commas
   * @param query that they match; null for all
   * @throws IllegalArgumentException if there are none
   */
  List<ShardDocuments> draw(Client client, String index, QueryBuilder query) {
    BoolQueryBuilder wanted =
        QueryBuilders.boolQuery().filter(QueryBuilders.existsQuery(spec.field()));
    if (query != null) {
      wanted.filter(query);
    }
    SearchRequest request = RandomDocuments.search(index, wanted, spec.seed());
    request.source().fetchSource(false).trackTotalHits(false).size(spec.sampleSize());
    Map<SearchShardTarget, List<String>> byShard = new LinkedHashMap<>();
    for (SearchHit hit : client.search(request).actionGet().getHits()) {
      byShard.computeIfAbsent(hit.getShard(), none -> new ArrayList<>()).add(hit.getId());
    }
    if (byShard.isEmpty()) {
      throw new IllegalArgumentException(
          "no document of [%s] matches the query and has a vector in field [%s]"
              .formatted(index, spec.field()));
    }
    return byShard.entrySet().stream()
        .map(
            shard ->
                new ShardDocuments(
                    shard.getKey().getShardId(), shard.getKey().getNodeId(), shard.getValue()))
        .toList();
  }

  /**
   * Reads the vectors of documents.
   *
   * @param batches receives some vectors at a time, each of length K
   * @throws IllegalStateException if a node with them has left
   */
  void read(List<ShardDocuments> documents, Batches batches) throws IOException {
    int size = Math.max(1, BATCH_BYTES / (Float.BYTES * dimension));
    for (ShardDocuments shard : documents) {
      for (int from = 0; from < shard.ids().size(); from += size) {
        int to = Math.min(shard.ids().size(), from + size);
        batches.accept(vectors(shard, shard.ids().subList(from, to)));
      }
    }
  }

  private List<float[]> vectors(ShardDocuments shard, List<String> ids) {
    DiscoveryNode node = nodes.get(shard.node());
    if (node == null) {
      throw new IllegalStateException(
          "node [%s], which has documents of the sample, has left: repeat the request"
              .formatted(shard.node()));
    }
    PlainActionFuture<VectorTransport.Response> answer = new PlainActionFuture<>();
    transport.sendRequest(
        node,
        VectorTransport.VECTORS,
        new VectorTransport.Request(shard.shard(), spec.field(), List.copyOf(ids)),
        new ActionListenerResponseHandler<>(
            answer, VectorTransport.Response::new, ThreadPool.Names.SAME));
    List<float[]> vectors = answer.actionGet().vectors();
    if (vectors.stream().anyMatch(vector -> vector.length != dimension)) {
      throw new IllegalStateException(
          "vectors of shard %s have %s numbers, not %s"
              .formatted(
                  shard.shard(),
                  Arrays.toString(vectors.stream().mapToInt(v -> v.length).distinct().toArray()),
                  dimension));
    }
    return vectors;
  }
}
