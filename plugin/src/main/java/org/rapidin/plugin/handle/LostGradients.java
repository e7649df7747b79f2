package org.rapidin.plugin.handle;

import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.ConnectTransportException;
import org.opensearch.transport.ReceiveTimeoutTransportException;

/** The fault of a gradient that is no longer on the node that should have it. */
public final class LostGradients {
  // The metadata of an exception is kept between nodes, unlike its class.
  private static final String MARK = "opensearch.rapidin.lost_gradient";

  private LostGradients() {}

  /**
   * Creates the exception.
   *
   * @param node id of the node that does not have it
   * @return 503, and {@link #isLost}
   */
  static OpenSearchStatusException lost(String node, Exception cause) {
    OpenSearchStatusException lost =
        new OpenSearchStatusException(
            "the gradient of this query is no longer on node [%s]: send the search again"
                .formatted(node),
            RestStatus.SERVICE_UNAVAILABLE,
            cause);
    lost.addMetadata(MARK, "true");
    return lost;
  }

  /** Turns the fault of a request to a node that cannot be reached into {@link #lost}. */
  static Exception ofRequest(String node, Exception fault) {
    Throwable cause = ExceptionsHelper.unwrapCause(fault);
    return cause instanceof ConnectTransportException
            || cause instanceof ReceiveTimeoutTransportException
        ? lost(node, fault)
        : fault;
  }

  /** Whether resolving the query again can succeed. */
  public static boolean isLost(Throwable fault) {
    return ExceptionsHelper.unwrapCausesAndSuppressed(
            fault,
            cause ->
                cause instanceof OpenSearchException marked
                    && marked.getMetadataKeys().contains(MARK))
        .isPresent();
  }
}
