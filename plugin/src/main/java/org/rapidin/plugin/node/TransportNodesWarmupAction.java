package org.rapidin.plugin.node;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.IndicesOptions;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.routing.ShardRouting;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.index.IndexService;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.gpu.NodeScanEngine;
import org.rapidin.plugin.mapper.GradientMappings;

/** Serves {@link NodesWarmupAction}: one node copies the vectors of all copies of shards it has. */
public final class TransportNodesWarmupAction
    extends TransportEachNodeAction<NodesWarmupAction.Request, NodeWarmth> {
  private final IndexNameExpressionResolver resolver;
  private final IndicesService indices;
  private final NodeScanEngine engine;
  private final GradientMappings mappings = new GradientMappings();

  @Inject
  public TransportNodesWarmupAction(
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      IndicesService indices,
      NodeScanEngine engine) {
    super(
        NodesWarmupAction.NAME,
        threadPool,
        clusterService,
        transportService,
        filters,
        NodesWarmupAction.Request::new,
        NodeWarmth::read,
        ThreadPool.Names.GENERIC);
    this.resolver = resolver;
    this.indices = indices;
    this.engine = engine;
  }

  /**
   * Asks the nodes that have a shard of the indices.
   *
   * @throws org.opensearch.index.IndexNotFoundException if there is no such index
   */
  @Override
  protected void resolveRequest(NodesWarmupAction.Request request, ClusterState state) {
    request.setConcreteNodes(
        Arrays.stream(indices(request, state))
            .flatMap(index -> state.routingTable().allShards(index).stream())
            .filter(ShardRouting::assignedToNode)
            .map(ShardRouting::currentNodeId)
            .distinct()
            .map(state.nodes()::get)
            .toArray(DiscoveryNode[]::new));
  }

  private String[] indices(NodesWarmupAction.Request request, ClusterState state) {
    return resolver.concreteIndexNames(
        state, IndicesOptions.strictExpandOpen(), true, request.indices());
  }

  @Override
  NodeWarmth answer(NodesWarmupAction.Request request, Task task) {
    Set<String> names = Set.of(indices(request, clusterService.state()));
    List<IndexShard> shards = new ArrayList<>();
    for (IndexService service : indices) {
      if (names.contains(service.index().getName())) {
        service.forEach(shards::add);
      }
    }
    ShardWarmup warmup = new ShardWarmup(engine, (WarmupTask) task, shards.size());
    for (IndexShard shard : shards) {
      warmup.add(shard, mappings.gradients(shard.indexSettings().getIndexMetadata()));
    }
    return new NodeWarmth(engine.stats().reason(), warmup.result());
  }
}
