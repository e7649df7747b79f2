package org.rapidin.plugin.dispatch;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.transport.ActionNotFoundTransportException;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.memory.MemoryLimitException;

/** Translates attribution's exceptions to OpenSearch's, which keep their status between nodes. */
public final class GradientFaults {
  private static final String NO_MODEL = "opensearch.rapidin.no_model";
  private static final String TIMED_OUT = "opensearch.rapidin.timed_out";

  private GradientFaults() {}

  /**
   * Translates the fault of a gradient. An Error, such as {@link OutOfMemoryError}, ends the node,
   * as everywhere in OpenSearch; only a {@link LinkageError} fails the request alone, because a
   * native library that does not fit must not make indices unreadable.
   *
   * @param fault as a future completed with it
   * @return 400 for the user's faults, 429 for a full queue or too little native memory, 503 where
   *     no model is, else 500
   */
  public static Exception asException(Throwable fault) {
    return switch (ExceptionsHelper.unwrapCause(fault)) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          asException(wrapped.getCause());
      case CancellationException cancelled -> new TaskCancelledException(cancelled.getMessage());
      case OpenSearchRejectedExecutionException rejected -> rejected;
      case RejectedExecutionException full ->
          new OpenSearchRejectedExecutionException(full.getMessage());
      case ModelUnavailableException unavailable -> noModel(unavailable);
      case MemoryLimitException memory ->
          new CircuitBreakingException(
              memory.getMessage(),
              memory.wantedBytes(),
              memory.limitBytes(),
              CircuitBreaker.Durability.TRANSIENT);
      case Exception other -> other;
      case LinkageError error -> new OpenSearchException("computing gradients failed", error);
      case Throwable error -> {
        ExceptionsHelper.maybeDieOnAnotherThread(error);
        yield new OpenSearchException("computing gradients failed", error);
      }
    };
  }

  private static Exception noModel(ModelUnavailableException unavailable) {
    OpenSearchStatusException fault =
        new OpenSearchStatusException(
            unavailable.getMessage(), RestStatus.SERVICE_UNAVAILABLE, unavailable);
    fault.addMetadata(NO_MODEL, "true");
    return fault;
  }

  /** Whether the node has the model but no room now. */
  static boolean isFull(Exception fault) {
    return ExceptionsHelper.status(fault) == RestStatus.TOO_MANY_REQUESTS;
  }

  /** Whether another node may succeed where this fault came from. */
  static boolean isUnavailable(Exception fault) {
    boolean ofTheNode = ExceptionsHelper.status(fault).getStatus() >= 500;
    return ofTheNode && !isTimeout(fault) && !(fault instanceof TaskCancelledException);
  }

  /** Whether the node will not be able to compute this attributor's gradients for some time. */
  static boolean lacksModel(Exception fault) {
    return fault instanceof ActionNotFoundTransportException
        || fault instanceof OpenSearchException own && own.getMetadata(NO_MODEL) != null;
  }

  /** The fault of a gradient whose request's time is over: 503. */
  public static Exception timeout(String what) {
    OpenSearchStatusException fault =
        new OpenSearchStatusException(what, RestStatus.SERVICE_UNAVAILABLE);
    fault.addMetadata(TIMED_OUT, "true");
    return fault;
  }

  /** Whether the time of the request was over before the gradient was computed. */
  public static boolean isTimeout(Throwable fault) {
    return fault instanceof OpenSearchException own && own.getMetadata(TIMED_OUT) != null;
  }
}
