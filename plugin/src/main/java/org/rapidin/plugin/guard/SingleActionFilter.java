package org.rapidin.plugin.guard;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;

/** Intercepts the requests of one action; all others pass. */
abstract class SingleActionFilter implements ActionFilter {
  private final String action;
  private final Class<? extends ActionRequest> requestType;

  /**
   * @param action name of the action
   * @param requestType requests of another class pass, too
   */
  SingleActionFilter(String action, Class<? extends ActionRequest> requestType) {
    this.action = action;
    this.requestType = requestType;
  }

  @Override
  public final int order() {
    return 0;
  }

  @Override
  public final <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String name,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (action.equals(name) && requestType.isInstance(request)) {
      intercept(task, request, listener, chain);
    } else {
      chain.proceed(task, name, request, listener);
    }
  }

  /**
   * Answers the listener, or proceeds with the chain.
   *
   * @param request of the filter's request type
   */
  abstract <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain);
}
