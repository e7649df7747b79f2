package org.rapidin.plugin.node;

import java.util.List;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.routing.IndexShardRoutingTable;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.mapper.GradientMappings;

/** Serves {@link NodesVerifyAction}: one node reads the vectors of all copies of shards it has. */
public final class TransportNodesVerifyAction extends TransportEachShardAction<NodeVerification> {
  private final GradientMappings mappings;

  @Inject
  public TransportNodesVerifyAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      IndicesService indices,
      GradientMappings mappings) {
    super(
        NodesVerifyAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        resolver,
        indices,
        NodesVerifyAction::read,
        NodeVerification::read);
    this.mappings = mappings;
  }

  @Override
  NodeVerification answer(List<IndexShard> shards, ShardsTask task) {
    ShardVerifier verifier = new ShardVerifier(task, shards.size(), this::hasAnotherCopy);
    for (IndexShard shard : shards) {
      verifier.add(shard, mappings.gradients(shard.indexSettings().getIndexMetadata()));
    }
    return new NodeVerification(verifier.result());
  }

  private boolean hasAnotherCopy(IndexShard shard) {
    IndexShardRoutingTable copies =
        clusterService.state().routingTable().shardRoutingTable(shard.shardId());
    return copies.activeShards().size() > 1;
  }
}
