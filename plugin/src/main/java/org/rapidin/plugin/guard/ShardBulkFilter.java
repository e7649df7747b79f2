package org.rapidin.plugin.guard;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.BulkShardResponse;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.update.UpdateRequest;
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

  /**
   * @param state of the cluster, as this node sees it now
   * @param mappings which indices have gradient fields
   * @param updates says which updates are refused
   * @param client asks for permissions as the user
   * @param bulkVectors gives the vectors that the bulk being served holds, or null
   */
  public ShardBulkFilter(
      Supplier<ClusterState> state,
      GradientMappings mappings,
      GradientUpdates updates,
      Client client,
      Supplier<VectorReservation> bulkVectors) {
    super(TransportShardBulkAction.ACTION_NAME, BulkShardRequest.class);
    this.state = state;
    this.mappings = mappings;
    this.updates = updates;
    this.client = client;
    this.bulkVectors = bulkVectors;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    BulkShardRequest bulk = (BulkShardRequest) request;
    RefusedItems refused = new RefusedItems(bulk);
    List<BulkItemRequest> bringing = prepare(bulk, refused);
    if (bringing.isEmpty()) {
      proceed(task, request, refused, listener, chain);
      return;
    }
    client.execute(
        RawVectorWriteAction.INSTANCE,
        new RawVectorAction.Request(),
        ActionListener.wrap(
            allowed -> proceed(task, request, refused, listener, chain),
            forbidden -> {
              bringing.forEach(item -> refused.add(item, forbidden));
              proceed(task, request, refused, listener, chain);
            }));
  }

  /** Binds vectors and refuses what cannot be; returns the items that bring vectors. */
  private List<BulkItemRequest> prepare(BulkShardRequest bulk, RefusedItems refused) {
    IndexMetadata index = state.get().metadata().index(bulk.shardId().getIndex());
    VectorReservation held = bulkVectors.get();
    boolean waiting = held != null && held.isUsed();
    Set<String> fields = mappings.gradients(index);
    List<BulkItemRequest> bringing = new ArrayList<>();
    if (index == null || (!waiting && fields.isEmpty())) {
      return bringing;
    }
    for (BulkItemRequest item : bulk.items()) {
      try {
        switch (item.request()) {
          case UpdateRequest update -> {
            Optional<Exception> refusal = updates.refusal(index.getIndex().getName(), index);
            refusal.ifPresent(reason -> refused.add(item, reason));
            IndexRequest inserted = update.docAsUpsert() ? update.doc() : update.upsertRequest();
            if (refusal.isEmpty() && inserted != null) {
              bind(inserted, index, waiting ? held : null, fields);
            }
          }
          case IndexRequest document -> {
            if (bind(document, index, waiting ? held : null, fields)) {
              bringing.add(item);
            }
          }
          default -> {}
        }
      } catch (IOException | RuntimeException e) {
        refused.add(item, e);
      }
    }
    return bringing;
  }

  /**
   * Puts the vectors that a document waits for into it.
   *
   * @param held the bulk's vectors, or null where it holds none
   * @return whether the document brings a vector itself
   */
  private boolean bind(
      IndexRequest document, IndexMetadata index, VectorReservation held, Set<String> fields)
      throws IOException {
    DocumentScan scan =
        DocumentScan.of(document, text -> held != null && held.isPlaceholder(text), fields);
    if (scan.waits()) {
      new VectorBinding(mappings, index, held).bind(document);
    }
    return scan.brings();
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
