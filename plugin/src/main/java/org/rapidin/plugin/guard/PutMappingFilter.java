package org.rapidin.plugin.guard;

import org.opensearch.action.ActionRequest;
import org.opensearch.action.admin.indices.mapping.put.PutMappingAction;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.plugin.mapper.GradientMappingValidator;

/**
 * Validates mappings on a {@code management} thread. OpenSearch calls {@link
 * GradientMappingValidator} on the thread that receives the request, which serves connections, and
 * a request may be for many indices.
 */
public final class PutMappingFilter extends SingleActionFilter {
  private final ConnectionThreads threads;

  /**
   * @param threads take the work of those that serve connections
   */
  public PutMappingFilter(ConnectionThreads threads) {
    super(PutMappingAction.NAME, PutMappingRequest.class);
    this.threads = threads;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    if (GradientMappingValidator.mayConcern((PutMappingRequest) request)) {
      threads.leave(
          ThreadPool.Names.MANAGEMENT,
          listener,
          () -> chain.proceed(task, PutMappingAction.NAME, request, listener));
    } else {
      chain.proceed(task, PutMappingAction.NAME, request, listener);
    }
  }
}
