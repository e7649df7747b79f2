package org.rapidin.plugin.node;

import java.util.List;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.core.action.ActionListener;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Serves {@link NodesVerifyAction}: each node reads the vectors of all copies of shards it has.
 * When all have answered, copies that are damaged are failed where a sound one was found.
 */
public final class TransportNodesVerifyAction extends TransportEachShardAction<NodeVerification> {
  private final GradientMappings mappings;
  private final DamagedCopies damaged;

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
    this.damaged = new DamagedCopies(transportService, indices, mappings);
  }

  @Override
  protected void doExecute(
      Task task, ShardsRequest request, ActionListener<NodeAnswers<NodeVerification>> listener) {
    super.doExecute(
        task,
        request,
        ActionListener.wrap(
            found ->
                damaged.fail(
                    found.getNodes(),
                    ActionListener.map(
                        listener, nodes -> newResponse(request, nodes, found.failures()))),
            listener::onFailure));
  }

  @Override
  NodeVerification answer(List<IndexShard> shards, ProgressTask task) {
    ShardVerifier verifier = new ShardVerifier(task, shards.size());
    for (IndexShard shard : shards) {
      verifier.add(shard, mappings.gradients(shard.indexSettings().getIndexMetadata()));
    }
    return new NodeVerification(verifier.result());
  }
}
