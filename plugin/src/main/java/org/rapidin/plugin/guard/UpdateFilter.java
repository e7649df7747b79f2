package org.rapidin.plugin.guard;

import java.util.Optional;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.update.UpdateAction;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/** Refuses {@code _update} on an index with gradient vectors; see {@link GradientUpdates}. */
public final class UpdateFilter extends SingleActionFilter {
  private final GradientUpdates updates;
  private final ConnectionThreads threads;

  /**
   * @param updates says which updates are refused
   * @param threads take the work of those that serve connections
   */
  public UpdateFilter(GradientUpdates updates, ConnectionThreads threads) {
    super(UpdateAction.NAME, UpdateRequest.class);
    this.updates = updates;
    this.threads = threads;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    String index = ((UpdateRequest) request).index();
    if (!updates.mayRefuse(index)) {
      chain.proceed(task, UpdateAction.NAME, request, listener);
      return;
    }
    threads.leave(
        listener,
        () -> {
          Optional<Exception> refusal = updates.refusal(index);
          if (refusal.isPresent()) {
            listener.onFailure(refusal.get());
          } else {
            chain.proceed(task, UpdateAction.NAME, request, listener);
          }
        });
  }
}
