package org.rapidin.plugin.guard;

import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.BulkShardResponse;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.opensearch.transport.client.Client;
import org.rapidin.ingest.VectorReservation;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Works on the part of a bulk that goes to one shard, where pipelines have run, indices exist, and
 * aliases and data streams are resolved: puts computed vectors into their documents, asks for the
 * permission to write vectors that documents bring, and refuses updates. An item that is refused
 * fails alone.
 */
public final class ShardBulkFilter extends SingleActionFilter {
  private final Supplier<ClusterState> state;
  private final GradientMappings mappings;
  private final GradientUpdates updates;
  private final Client client;
  private final Supplier<VectorReservation> bulkVectors;
  private final ConnectionThreads threads;

  /**
   * @param state of the cluster, as this node sees it now
   * @param mappings which indices have gradient fields
   * @param updates says which updates are refused
   * @param client asks for permissions as the user
   * @param bulkVectors gives the vectors that the bulk being served holds, or null
   * @param threads take the work of those that serve connections
   */
  public ShardBulkFilter(
      Supplier<ClusterState> state,
      GradientMappings mappings,
      GradientUpdates updates,
      Client client,
      Supplier<VectorReservation> bulkVectors,
      ConnectionThreads threads) {
    super(TransportShardBulkAction.ACTION_NAME, BulkShardRequest.class);
    this.state = state;
    this.mappings = mappings;
    this.updates = updates;
    this.client = client;
    this.bulkVectors = bulkVectors;
    this.threads = threads;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    BulkShardRequest bulk = (BulkShardRequest) request;
    IndexMetadata index = state.get().metadata().index(bulk.shardId().getIndex());
    VectorReservation held = bulkVectors.get();
    VectorReservation used = held != null && held.isUsed() ? held : null;
    if (index == null || (used == null && !GradientMappings.mayHaveGradients(index))) {
      chain.proceed(task, TransportShardBulkAction.ACTION_NAME, request, listener);
      return;
    }
    threads.leave(
        listener,
        () -> {
          RefusedItems refused = new RefusedItems(bulk);
          List<BulkItemRequest> bringing =
              new ShardBulkItems(mappings, updates, index, used).prepare(bulk, refused);
          requirePermission(
              bringing, refused, () -> proceed(task, request, refused, listener, chain));
        });
  }

  private void requirePermission(
      List<BulkItemRequest> bringing, RefusedItems refused, Runnable proceed) {
    if (bringing.isEmpty()) {
      proceed.run();
      return;
    }
    client.execute(
        RawVectorWriteAction.INSTANCE,
        new PermissionRequest(),
        ActionListener.wrap(
            allowed -> proceed.run(),
            forbidden -> {
              bringing.forEach(item -> refused.add(item, forbidden));
              proceed.run();
            }));
  }

  // The filter of this action: Q is its request, R its response.
  @SuppressWarnings("unchecked")
  private static <Q extends ActionRequest, R extends ActionResponse> void proceed(
      Task task,
      Q request,
      RefusedItems refused,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (refused.isEmpty()) {
      chain.proceed(task, TransportShardBulkAction.ACTION_NAME, request, listener);
      return;
    }
    ActionListener<BulkShardResponse> answer = (ActionListener<BulkShardResponse>) listener;
    BulkShardRequest rest = refused.rest();
    if (rest.items().length == 0) {
      answer.onResponse(refused.response());
      return;
    }
    chain.proceed(
        task,
        TransportShardBulkAction.ACTION_NAME,
        (Q) rest,
        (ActionListener<R>)
            ActionListener.<BulkShardResponse>wrap(
                done -> answer.onResponse(refused.mergedWith(done)), answer::onFailure));
  }
}
