package org.rapidin.plugin.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.AlreadyClosedException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lucene.search.Queries;
import org.opensearch.index.IndexService;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IllegalIndexShardStateException;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.index.shard.IndexShardState;
import org.opensearch.indices.IndicesService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.lucene.VectorCounts;
import org.rapidin.plugin.mapper.GradientMappings;

/** Counts the vectors of this node's primary shards. */
public final class TransportNodesVectorsAction
    extends TransportEachNodeAction<NodesVectorsAction.Request, IndexVectors> {
  private final IndicesService indices;
  private final AttributorRegistry registry;
  private final GradientMappings mappings = new GradientMappings();

  @Inject
  public TransportNodesVectorsAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      IndicesService indices,
      AttributorRegistry registry) {
    super(
        NodesVectorsAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesVectorsAction.Request::new,
        IndexVectors::read,
        ThreadPool.Names.MANAGEMENT);
    this.indices = indices;
    this.registry = registry;
  }

  @Override
  IndexVectors answer(NodesVectorsAction.Request request, Task task) {
    SortedMap<String, SortedMap<String, VectorCounts>> counts = new TreeMap<>();
    for (IndexService service : indices) {
      IndexMetadata index = clusterService.state().metadata().index(service.index());
      for (String field : mappings.gradients(index)) {
        String current = fingerprint(index, field);
        for (IndexShard shard : service) {
          if (shard.routingEntry().primary() && shard.state() == IndexShardState.STARTED) {
            counts
                .computeIfAbsent(index.getIndex().getName(), none -> new TreeMap<>())
                .merge(field, count(shard, field, current), VectorCounts::plus);
          }
        }
      }
    }
    return new IndexVectors(counts);
  }

  /** The fingerprint that the field's attributor has now; empty if it is not registered. */
  private String fingerprint(IndexMetadata index, String field) {
    return mappings
        .pins(index, field)
        .flatMap(pins -> registry.find(pins.attributor()))
        .map(RegisteredAttributor::fingerprint)
        .orElse("");
  }

  private static VectorCounts count(IndexShard shard, String field, String current) {
    try (Engine.Searcher searcher = shard.acquireSearcher("rapidin_vectors")) {
      IndexReader reader = searcher.getIndexReader();
      // Nested objects are Lucene documents too, and have no vector.
      int documents = new IndexSearcher(reader).count(Queries.newNonNestedFilter());
      return VectorCounts.of(reader, documents, field, current);
    } catch (AlreadyClosedException | IllegalIndexShardStateException moved) {
      return VectorCounts.NONE;
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the vectors of shard %s cannot be counted".formatted(shard.shardId()), e);
    }
  }
}
