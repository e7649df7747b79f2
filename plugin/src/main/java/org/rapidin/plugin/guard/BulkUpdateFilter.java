package org.rapidin.plugin.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.DocWriteRequest.OpType;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.BulkShardResponse;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.replication.ReplicationResponse;
import org.opensearch.cluster.ClusterState;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.mapper.GradientIndices;

/**
 * Refuses the updates in a bulk to an index with gradient vectors, as {@link UpdateFilter} does
 * with single ones; the bulk's other items go on. Works on the part of a bulk that goes to one
 * shard, where aliases and data streams are resolved.
 */
public final class BulkUpdateFilter extends SingleActionFilter {
  private final Supplier<ClusterState> state;
  private final GradientIndices indices = new GradientIndices();

  /**
   * @param state of the cluster, as this node sees it now
   */
  public BulkUpdateFilter(Supplier<ClusterState> state) {
    super(TransportShardBulkAction.ACTION_NAME, BulkShardRequest.class);
    this.state = state;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    BulkShardRequest bulk = (BulkShardRequest) request;
    List<BulkItemResponse> refused = refused(bulk);
    if (refused.isEmpty()) {
      chain.proceed(task, TransportShardBulkAction.ACTION_NAME, request, listener);
      return;
    }
    // The filter of this action: R is its response.
    @SuppressWarnings("unchecked")
    ActionListener<BulkShardResponse> answer = (ActionListener<BulkShardResponse>) listener;
    BulkShardRequest rest = without(bulk, refused);
    if (rest.items().length == 0) {
      answer.onResponse(response(bulk, refused));
      return;
    }
    @SuppressWarnings("unchecked")
    Q restAsRequest = (Q) rest;
    @SuppressWarnings("unchecked")
    ActionListener<R> merged =
        (ActionListener<R>)
            ActionListener.<BulkShardResponse>wrap(
                done -> answer.onResponse(merge(done, refused)), answer::onFailure);
    chain.proceed(task, TransportShardBulkAction.ACTION_NAME, restAsRequest, merged);
  }

  private List<BulkItemResponse> refused(BulkShardRequest bulk) {
    List<BulkItemResponse> refused = new ArrayList<>();
    for (BulkItemRequest item : bulk.items()) {
      if (item.request().opType() != OpType.UPDATE) {
        continue;
      }
      Set<String> fields = indices.fields(state.get().metadata().index(bulk.shardId().getIndex()));
      if (!fields.isEmpty()) {
        Exception cause = GradientIndices.updateRefused(bulk.shardId().getIndexName(), fields);
        refused.add(
            new BulkItemResponse(
                item.id(),
                OpType.UPDATE,
                new BulkItemResponse.Failure(item.index(), item.request().id(), cause)));
      }
    }
    return refused;
  }

  private static BulkShardRequest without(BulkShardRequest bulk, List<BulkItemResponse> refused) {
    Set<Integer> ids =
        refused.stream().map(BulkItemResponse::getItemId).collect(Collectors.toSet());
    List<BulkItemRequest> kept = new ArrayList<>();
    for (BulkItemRequest item : bulk.items()) {
      if (!ids.contains(item.id())) {
        kept.add(item);
      }
    }
    BulkShardRequest rest =
        new BulkShardRequest(
            bulk.shardId(), bulk.getRefreshPolicy(), kept.toArray(new BulkItemRequest[0]));
    rest.waitForActiveShards(bulk.waitForActiveShards());
    rest.timeout(bulk.timeout());
    rest.setParentTask(bulk.getParentTask());
    return rest;
  }

  private static BulkShardResponse response(
      BulkShardRequest bulk, List<BulkItemResponse> responses) {
    BulkShardResponse response =
        new BulkShardResponse(bulk.shardId(), responses.toArray(new BulkItemResponse[0]));
    // Nothing was written, so nothing failed to be written either.
    response.setShardInfo(new ReplicationResponse.ShardInfo());
    return response;
  }

  private static BulkShardResponse merge(BulkShardResponse done, List<BulkItemResponse> refused) {
    List<BulkItemResponse> all = new ArrayList<>(List.of(done.getResponses()));
    all.addAll(refused);
    BulkShardResponse merged =
        new BulkShardResponse(
            done.getShardId(),
            all.toArray(new BulkItemResponse[0]),
            done.getServiceTimeEWMAInNanos(),
            done.getNodeQueueSize());
    merged.setShardInfo(done.getShardInfo());
    return merged;
  }
}
