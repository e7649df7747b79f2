package org.rapidin.plugin.query;

import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.ModelUnavailableException;

/** Says a gradient source's faults in OpenSearch's words, so that users get the right status. */
final class GradientFailures {
  private GradientFailures() {}

  /**
   * The exception for a request.
   *
   * @param failure as a stage completed with it
   * @return 400 for the user's faults, 429 for a full queue, 503 where no model is, else 500
   */
  static Exception toException(Throwable failure) {
    return switch (failure) {
      case CompletionException wrapped when wrapped.getCause() != null ->
          toException(wrapped.getCause());
      case OpenSearchRejectedExecutionException rejected -> rejected;
      case RejectedExecutionException full -> rejected(full);
      case ModelUnavailableException unavailable ->
          new OpenSearchStatusException(
              unavailable.getMessage(), RestStatus.SERVICE_UNAVAILABLE, unavailable);
      case Exception other -> other;
      default -> new OpenSearchException("computing the query's gradient failed", failure);
    };
  }

  private static Exception rejected(RejectedExecutionException full) {
    OpenSearchRejectedExecutionException rejected =
        new OpenSearchRejectedExecutionException(full.getMessage());
    rejected.initCause(full);
    return rejected;
  }
}
