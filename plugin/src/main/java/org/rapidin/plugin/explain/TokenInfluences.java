package org.rapidin.plugin.explain;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.search.SearchTransportService;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.core.action.ActionListener;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.fetch.ShardFetchRequest;
import org.opensearch.search.internal.ShardSearchRequest;
import org.opensearch.transport.TransportChannel;
import org.opensearch.transport.TransportInterceptor;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestHandler;
import org.rapidin.plugin.dispatch.GradientFaults;
import org.rapidin.plugin.dispatch.RequestOrigin;
import org.rapidin.plugin.handle.GradientHandle;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.HeldGradient;
import org.rapidin.plugin.query.InfluenceClauses;
import org.rapidin.plugin.query.InfluenceQueryBuilder;

/**
 * Computes the influence of a shard's hits on each token, by whichever moves less. With h hits to
 * fetch, T tokens and dimension K: if T·4K is less than h·(2K + 4), the vectors of the tokens come
 * to this node before the fetch; else the rows of the hits go to the node that has the vectors,
 * before the answer is sent. Search threads never wait for either.
 *
 * <p>A scroll may go on for hours after the node that has the vectors has forgotten them, so they
 * come to each node with its first page, and stay until it ends.
 */
public final class TokenInfluences implements TransportInterceptor {
  private static final Set<String> ACTIONS =
      Set.of(
          SearchTransportService.DFS_ACTION_NAME,
          SearchTransportService.QUERY_ACTION_NAME,
          SearchTransportService.FETCH_ID_ACTION_NAME,
          SearchTransportService.FETCH_ID_SCROLL_ACTION_NAME,
          SearchTransportService.QUERY_FETCH_SCROLL_ACTION_NAME);

  private final Supplier<GradientHandles> handles;

  /**
   * @param handles the query gradients of this node
   */
  public TokenInfluences(Supplier<GradientHandles> handles) {
    this.handles = handles;
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
    return (request, channel, task) ->
        bringTokens(
            request,
            ActionListener.wrap(
                ready ->
                    actualHandler.messageReceived(
                        request, new TokenChannel(channel, action, request, handles), task),
                fault -> TransportChannel.sendErrorResponse(channel, action, request, fault)));
  }

  private void bringTokens(TransportRequest request, ActionListener<Void> listener) {
    Optional<ShardSearchRequest> search = search(request);
    List<GradientHandle> asked =
        search
            .map(ShardSearchRequest::source)
            .filter(InfluenceExtBuilder::wantsTokens)
            .map(TokenInfluences::handles)
            .orElse(List.of());
    if (asked.isEmpty()) {
      listener.onResponse(null);
      return;
    }
    boolean scrolls = search.get().scroll() != null;
    long hits = scrolls ? Integer.MAX_VALUE : hits(request, search.get());
    GroupedActionListener<Void> all =
        new GroupedActionListener<>(
            ActionListener.map(whileWanted(listener), done -> null), asked.size());
    for (GradientHandle handle : asked) {
      // Without the gradient the request itself fails, and says why.
      handles
          .get()
          .fetch(
              handle,
              ActionListener.wrap(held -> bring(held, hits, all), lost -> all.onResponse(null)));
    }
  }

  /** Without the vectors in time the request goes on, and its answer says that they are missing. */
  private ActionListener<Void> whileWanted(ActionListener<Void> listener) {
    return RequestOrigin.whileWanted(
        handles.get().threadPool(),
        "the vectors of tokens did not arrive within the timeout of the search",
        ActionListener.wrap(
            listener::onResponse,
            fault -> {
              if (GradientFaults.isTimeout(fault)) {
                listener.onResponse(null);
              } else {
                listener.onFailure(fault);
              }
            }),
        late -> {});
  }

  private void bring(HeldGradient held, long hits, ActionListener<Void> listener) {
    long dimension = held.gradient().vector().dimension();
    long tokenBytes = held.gradient().selectedTokens() * dimension * Float.BYTES;
    long rowBytes = hits * (dimension * Short.BYTES + Float.BYTES);
    if (held.tokens().isPresent() || tokenBytes >= rowBytes) {
      listener.onResponse(null);
    } else {
      handles.get().fetchTokens(held, ActionListener.map(listener, arrived -> null));
    }
  }

  /** The search whose hits a request fetches. */
  private static Optional<ShardSearchRequest> search(TransportRequest request) {
    return switch (request) {
      case ShardFetchRequest fetch -> Optional.ofNullable(fetch.getShardSearchRequest());
      // With one shard the query phase fetches too; later pages of a scroll do not have the search.
      case ShardSearchRequest query when query.numberOfShards() == 1 || query.scroll() != null ->
          Optional.of(query);
      default -> Optional.empty();
    };
  }

  private static int hits(TransportRequest request, ShardSearchRequest search) {
    return request instanceof ShardFetchRequest fetch
        ? fetch.docIdsSize()
        : search.source().size() < 0 ? 10 : search.source().size();
  }

  private static List<GradientHandle> handles(SearchSourceBuilder source) {
    return InfluenceClauses.in(source).stream()
        .map(InfluenceQueryBuilder::handle)
        .filter(Objects::nonNull)
        .toList();
  }
}
