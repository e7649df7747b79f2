package org.rapidin.plugin.guard;

import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.bulk.BulkAction;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.tasks.Task;
import org.rapidin.ingest.VectorReservation;

/**
 * Gives every bulk a {@link VectorReservation} and ends it when the bulk has answered, because the
 * vectors that the processor makes stay on the heap until then; and remembers what it was answered
 * about its indices.
 */
public final class VectorReservationFilter extends SingleActionFilter {
  private final ThreadContext threadContext;
  private final Supplier<CircuitBreaker> breaker;

  /**
   * @param threadContext carries the reservation to the processor
   * @param breaker counts the bytes
   */
  public VectorReservationFilter(ThreadContext threadContext, Supplier<CircuitBreaker> breaker) {
    super(BulkAction.NAME, BulkRequest.class);
    this.threadContext = threadContext;
    this.breaker = breaker;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    VectorReservation reservation = new VectorReservation(breaker.get());
    try (ThreadContext.StoredContext caller = reservation.begin(threadContext);
        ThreadContext.StoredContext reserved = new AskedIndices().begin(threadContext)) {
      chain.proceed(
          task, BulkAction.NAME, request, ActionListener.runBefore(listener, reservation::close));
    }
  }
}
