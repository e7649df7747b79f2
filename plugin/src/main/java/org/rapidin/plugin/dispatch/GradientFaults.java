package org.rapidin.plugin.dispatch;

import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.ActionNotFoundTransportException;
import org.opensearch.transport.ConnectTransportException;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.memory.MemoryLimitException;

/** Translates attribution's exceptions to OpenSearch's, which keep their status between nodes. */
public final class GradientFaults {
  private GradientFaults() {}

  /**
   * The exception for a user or for another node.
   *
   * @param fault as a stage completed with it
   * @return 400 for the user's faults, 429 for a full queue or too little native memory, 503 where
   *     no model is, else 500
   */
  public static Exception asException(Throwable fault) {
    return switch (ExceptionsHelper.unwrapCause(fault)) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          asException(wrapped.getCause());
      case OpenSearchRejectedExecutionException rejected -> rejected;
      case RejectedExecutionException full ->
          new OpenSearchRejectedExecutionException(full.getMessage());
      case ModelUnavailableException unavailable ->
          new OpenSearchStatusException(
              unavailable.getMessage(), RestStatus.SERVICE_UNAVAILABLE, unavailable);
      case MemoryLimitException memory ->
          new CircuitBreakingException(
              memory.getMessage(),
              memory.wantedBytes(),
              memory.limitBytes(),
              CircuitBreaker.Durability.TRANSIENT);
      case Exception other -> other;
      case Throwable error -> new OpenSearchException("computing gradients failed", error);
    };
  }

  /** Whether another node may succeed where this fault came from. */
  static boolean isUnavailable(Exception fault) {
    return fault instanceof ConnectTransportException
        || fault instanceof ActionNotFoundTransportException
        || fault instanceof OpenSearchStatusException status
            && status.status() == RestStatus.SERVICE_UNAVAILABLE;
  }
}
