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
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.index.IndexService;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/**
 * Sends a request to the nodes that have a shard of its indices; subclasses say what a node does
 * with all copies of shards it has.
 *
 * @param <A> what a node answers
 */
abstract class TransportEachShardAction<A extends Writeable>
    extends TransportEachNodeAction<ShardsRequest, A> {
  private final IndexNameExpressionResolver resolver;
  private final IndicesService indices;

  TransportEachShardAction(
      String name,
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      IndexNameExpressionResolver resolver,
      IndicesService indices,
      Writeable.Reader<ShardsRequest> requestReader,
      Writeable.Reader<A> answerReader) {
    super(
        name,
        threadPool,
        clusterService,
        transportService,
        filters,
        requestReader,
        answerReader,
        ThreadPool.Names.GENERIC);
    this.resolver = resolver;
    this.indices = indices;
  }

  /**
   * Does a node's part of the work.
   *
   * @param shards of the indices
   */
  abstract A answer(List<IndexShard> shards, ProgressTask task);

  /**
   * Asks the nodes that have a shard of the indices.
   *
   * @throws org.opensearch.index.IndexNotFoundException if there is no such index
   * @throws org.opensearch.indices.IndexClosedException if it is closed: its rows cannot be read
   */
  @Override
  protected final void resolveRequest(ShardsRequest request, ClusterState state) {
    request.setConcreteNodes(
        Arrays.stream(indices(request, state))
            .flatMap(index -> state.routingTable().allShards(index).stream())
            .filter(ShardRouting::assignedToNode)
            .map(ShardRouting::currentNodeId)
            .distinct()
            .map(state.nodes()::get)
            .toArray(DiscoveryNode[]::new));
  }

  private String[] indices(ShardsRequest request, ClusterState state) {
    return resolver.concreteIndexNames(
        state, IndicesOptions.strictExpandOpenAndForbidClosed(), true, request.indices());
  }

  @Override
  final A answer(ShardsRequest request, Task task) {
    Set<String> names = Set.of(indices(request, clusterService.state()));
    List<IndexShard> shards = new ArrayList<>();
    for (IndexService service : indices) {
      if (names.contains(service.index().getName())) {
        service.forEach(shards::add);
      }
    }
    return answer(shards, (ProgressTask) task);
  }
}
