package org.rapidin.plugin.guard;

import java.util.List;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/**
 * Keeps pipelines from running on updates that {@link ShardBulkFilter} refuses: removes the
 * document that such an update would insert, the only part of an update that a pipeline processes.
 * The update itself stays in the bulk, where {@link ShardBulkFilter} refuses it.
 *
 * <p>It also names the index in each document that an update would insert. OpenSearch does so only
 * where a request is sent to another node, or had its index before it got the document.
 */
public final class BulkUpdateFilter extends SingleActionFilter {
  private final GradientUpdates updates;
  private final ConnectionThreads threads;

  /**
   * @param updates says which updates are refused
   * @param threads take the work of those that serve connections
   */
  public BulkUpdateFilter(GradientUpdates updates, ConnectionThreads threads) {
    super(BulkAction.NAME, BulkRequest.class);
    this.updates = updates;
    this.threads = threads;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    List<UpdateRequest> all =
        ((BulkRequest) request)
            .requests().stream()
                .filter(UpdateRequest.class::isInstance)
                .map(UpdateRequest.class::cast)
                .toList();
    all.forEach(BulkUpdateFilter::nameIndex);
    List<UpdateRequest> suspects =
        all.stream().filter(update -> updates.mayRefuse(update.index())).toList();
    if (suspects.isEmpty()) {
      chain.proceed(task, BulkAction.NAME, request, listener);
      return;
    }
    threads.leave(
        listener,
        () -> {
          suspects.stream()
              .filter(update -> updates.refusal(update.index()).isPresent())
              .forEach(update -> update.docAsUpsert(false).upsert((IndexRequest) null));
          chain.proceed(task, BulkAction.NAME, request, listener);
        });
  }

  private static void nameIndex(UpdateRequest update) {
    IndexRequest inserted = update.docAsUpsert() ? update.doc() : update.upsertRequest();
    if (inserted != null && inserted.index() == null) {
      inserted.index(update.index());
    }
  }
}
