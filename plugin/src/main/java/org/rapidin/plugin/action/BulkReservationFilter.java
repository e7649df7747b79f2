package org.rapidin.plugin.action;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.support.ActionRequestMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.tasks.Task;
import org.rapidin.ingest.BulkReservation;

/**
 * Gives every bulk a {@link BulkReservation} and ends it when the bulk has answered: the vectors
 * that the processor makes stay on the heap until then, long after the processor is done.
 */
public final class BulkReservationFilter implements ActionFilter {
  private final ThreadContext threadContext;
  private final Supplier<CircuitBreaker> breaker;

  /**
   * @param threadContext carries the reservation to the processor
   * @param breaker counts the bytes
   */
  public BulkReservationFilter(ThreadContext threadContext, Supplier<CircuitBreaker> breaker) {
    this.threadContext = threadContext;
    this.breaker = breaker;
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionRequestMetadata<Q, R> metadata,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (!BulkAction.NAME.equals(action)) {
      chain.proceed(task, action, request, listener);
      return;
    }
    BulkReservation reservation = new BulkReservation(breaker.get());
    try (ThreadContext.StoredContext caller = reservation.begin(threadContext)) {
      chain.proceed(task, action, request, ActionListener.runBefore(listener, reservation::close));
    }
  }
}
