package org.rapidin.plugin.scan;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.index.shard.SearchOperationListener;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalScrollSearchRequest;
import org.opensearch.search.internal.ReaderContext;
import org.opensearch.search.internal.ShardSearchContextId;
import org.opensearch.search.internal.ShardSearchRequest;
import org.opensearch.search.query.QuerySearchRequest;
import org.opensearch.tasks.CancellableTask;
import org.opensearch.tasks.Task;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportInterceptor;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestHandler;

/**
 * Gives each request that may scan a shard a ticket, which ends with the answer. The rewrite of an
 * influence query waits with the ticket for a permit, before the request gets a search thread.
 * Requests that go on with such a search (the next page of a scroll, the second phase of {@code
 * dfs_query_then_fetch}) are not rewritten: they wait here.
 */
public final class ScanGate implements TransportInterceptor, SearchOperationListener {
  private static final Set<String> ACTIONS =
      Set.of(
          SearchTransportService.DFS_ACTION_NAME,
          SearchTransportService.QUERY_ACTION_NAME,
          SearchTransportService.QUERY_ID_ACTION_NAME,
          SearchTransportService.QUERY_SCROLL_ACTION_NAME,
          SearchTransportService.QUERY_FETCH_SCROLL_ACTION_NAME);

  private final Supplier<ScanPermits> permits;
  private final Function<ThreadContext, OptionalLong> deadline;
  private final Predicate<SearchSourceBuilder> scans;
  private final Predicate<SearchSourceBuilder> scansAll;
  private final Set<ShardSearchContextId> scanned = ConcurrentHashMap.newKeySet();

  /**
   * @param permits called after start-up
   * @param deadline nanoseconds of {@link System#nanoTime} after which the request in a context
   *     need not be answered
   * @param scans whether a search, possibly null, scores by influence
   * @param scansAll whether a search, possibly null, scores all rows of a shard, and by one query
   */
  public ScanGate(
      Supplier<ScanPermits> permits,
      Function<ThreadContext, OptionalLong> deadline,
      Predicate<SearchSourceBuilder> scans,
      Predicate<SearchSourceBuilder> scansAll) {
    this.permits = permits;
    this.deadline = deadline;
    this.scans = scans;
    this.scansAll = scansAll;
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
      ScanTicket ticket = ticket(action, request, task);
      GateChannel answers = new GateChannel(channel, ticket);
      if (continues(request)) {
        ticket.acquire(
            ActionListener.wrap(
                granted -> actualHandler.messageReceived(request, answers, task),
                fault -> TransportChannel.sendErrorResponse(answers, action, request, fault)));
        return;
      }
      try (ThreadContext.StoredContext caller = ticket.bind(permits.get().threadContext())) {
        actualHandler.messageReceived(request, answers, task);
      } catch (Exception e) { // answered by another channel
        ticket.close();
        throw e;
      }
    };
  }

  private ScanTicket ticket(String action, TransportRequest request, Task task) {
    return new ScanTicket(
        permits.get(),
        task instanceof CancellableTask each ? each : null,
        deadline.apply(permits.get().threadContext()),
        action.equals(SearchTransportService.QUERY_ACTION_NAME)
            ? scannedShard(request)
            : Optional.empty());
  }

  private Optional<ShardId> scannedShard(TransportRequest request) {
    return request instanceof ShardSearchRequest search
            && scansAll.test(search.source())
            && search.getAliasFilter().getQueryBuilder() == null
        ? Optional.of(search.shardId())
        : Optional.empty();
  }

  private boolean continues(TransportRequest request) {
    return switch (request) {
      // The reader context of a point in time is older than the search.
      case QuerySearchRequest second ->
          scanned.contains(second.contextId())
              || second.shardSearchRequest() != null
                  && scans.test(second.shardSearchRequest().source());
      case InternalScrollSearchRequest page -> scanned.contains(page.contextId());
      default -> false;
    };
  }

  /** Remembers the reader context with which a request with a permit may be continued. */
  @Override
  public void onNewReaderContext(ReaderContext context) {
    Optional<ScanTicket> ticket = ScanTicket.bound(permits.get().threadContext());
    // The fetch phase needs what the query phase was ranked with.
    ticket.ifPresent(each -> each.handOver().forEach(context::addOnClose));
    if (ticket.filter(permits.get()::holds).isPresent()) {
      scanned.add(context.id());
    }
  }

  @Override
  public void onFreeReaderContext(ReaderContext context) {
    scanned.remove(context.id());
  }
}
