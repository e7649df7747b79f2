package org.rapidin.plugin.node;

import java.util.List;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.mapper.GradientMappings;

/** Serves {@link NodesWarmupAction}: one node copies the vectors of all copies of shards it has. */
public final class TransportNodesWarmupAction extends TransportEachShardAction<NodeWarmth> {
  private final NodeScanEngine engine;
  private final GradientMappings mappings;

  @Inject
  public TransportNodesWarmupAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      IndicesService indices,
      NodeScanEngine engine,
      GradientMappings mappings) {
    super(
        NodesWarmupAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        resolver,
        indices,
        NodesWarmupAction::read,
        NodeWarmth::read);
    this.engine = engine;
    this.mappings = mappings;
  }

  @Override
  NodeWarmth answer(List<IndexShard> shards, ProgressTask task) {
    ShardWarmup warmup = new ShardWarmup(engine, task, shards.size());
    for (IndexShard shard : shards) {
      warmup.add(shard, mappings.gradients(shard.indexSettings().getIndexMetadata()));
    }
    return new NodeWarmth(engine.stats().reason(), warmup.result());
  }
}
