package org.rapidin.plugin.query;

import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.search.fetch.ShardFetchRequest;
import org.opensearch.search.internal.ShardSearchRequest;
import org.opensearch.search.query.QuerySearchRequest;
import org.opensearch.transport.Transport;
import org.opensearch.transport.TransportInterceptor;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestHandler;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportResponseHandler;
import org.rapidin.plugin.dispatch.RequestOrigin;

/**
 * Applies the timeout of an influence search to all of its phases together; OpenSearch applies it
 * to the query phase of each shard. The coordinating node sends shards the time that is left. The
 * node of a shard binds the request to the thread context as a {@link RequestOrigin}, which ends
 * its waits for other nodes.
 */
public final class ShardTimes implements TransportInterceptor {
  // A shorter timeout is another key of the request cache, so small differences are left out.
  private static final TimeValue TOLERANCE = TimeValue.timeValueMillis(500);

  private static final Set<String> ACTIONS =
      Set.of(
          SearchTransportService.DFS_ACTION_NAME,
          SearchTransportService.QUERY_ACTION_NAME,
          SearchTransportService.QUERY_ID_ACTION_NAME,
          SearchTransportService.QUERY_SCROLL_ACTION_NAME,
          SearchTransportService.QUERY_FETCH_SCROLL_ACTION_NAME,
          SearchTransportService.FETCH_ID_ACTION_NAME,
          SearchTransportService.FETCH_ID_SCROLL_ACTION_NAME);

  private final ThreadContext context;
  private final Supplier<TimeValue> defaultTimeout;

  /**
   * @param context of this node's threads
   * @param defaultTimeout of searches that set none; null or negative for no limit
   */
  public ShardTimes(ThreadContext context, Supplier<TimeValue> defaultTimeout) {
    this.context = context;
    this.defaultTimeout = defaultTimeout;
  }

  @Override
  public <T extends TransportRequest> TransportRequestHandler<T> interceptHandler(
      String action,
      String executor,
      boolean forceExecution,
      TransportRequestHandler<T> actualHandler) {
    if (!ACTIONS.contains(action)) {
      return actualHandler;
    }
    return (request, channel, task) -> {
      // A second phase that has no permit in time could only fail.
      TimeValue timeout =
          request instanceof QuerySearchRequest
              ? null
              : search(request).map(this::timeout).orElse(null);
      try (ThreadContext.StoredContext caller =
          RequestOrigin.ofShard(task, timeout).bind(context)) {
        actualHandler.messageReceived(request, channel, task);
      }
    };
  }

  @Override
  public AsyncSender interceptSender(AsyncSender sender) {
    return new AsyncSender() {
      @Override
      public <T extends TransportResponse> void sendRequest(
          Transport.Connection connection,
          String action,
          TransportRequest request,
          TransportRequestOptions options,
          TransportResponseHandler<T> handler) {
        if (ACTIONS.contains(action)) {
          search(request).ifPresent(ShardTimes.this::shorten);
        }
        sender.sendRequest(connection, action, request, options, handler);
      }
    };
  }

  private static Optional<ShardSearchRequest> search(TransportRequest request) {
    return Optional.ofNullable(
        switch (request) {
          case ShardSearchRequest query -> query;
          case QuerySearchRequest second -> second.shardSearchRequest();
          case ShardFetchRequest fetch -> fetch.getShardSearchRequest();
          default -> null;
        });
  }

  /** The timeout of a shard's request, or null. */
  private TimeValue timeout(ShardSearchRequest search) {
    if (search.scroll() != null) { // OpenSearch ignores the timeout of a search that scrolls
      return null;
    }
    return search.source() != null && search.source().timeout() != null
        ? search.source().timeout()
        : defaultTimeout.get();
  }

  private void shorten(ShardSearchRequest search) {
    TimeValue left = RequestOrigin.bound(context).remaining();
    TimeValue given = timeout(search);
    if (left != null
        && given != null
        && left.millis() < given.millis() - TOLERANCE.millis()
        && !InfluenceClauses.in(search.source()).isEmpty()) {
      search.source(search.source().shallowCopy().timeout(left));
    }
  }
}
