package org.rapidin.plugin.handle;

import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.lucene.HitRow;

/**
 * Requests to the nodes that hold gradients, answered by {@link HandleTransport}. Listeners are
 * called on the generic pool, or at once if the holder has left; they fail with {@link
 * LostGradients}' exception if it has left or does not have the gradient. Safe for many threads.
 */
final class HolderRequests {
  // A vector of 256 KB takes milliseconds; a node that needs longer has stopped.
  private static final TransportRequestOptions OPTIONS =
      TransportRequestOptions.builder().withTimeout(TimeValue.timeValueSeconds(10)).build();

  private final Supplier<DiscoveryNodes> nodes;
  private volatile TransportService transport;

  /**
   * @param nodes of the cluster, as this node sees it now
   */
  HolderRequests(Supplier<DiscoveryNodes> nodes) {
    this.nodes = nodes;
  }

  /** Makes the other nodes reachable. */
  void connect(TransportService service) {
    this.transport = service;
  }

  /** Asks for a gradient. */
  void vector(GradientHandle handle, ActionListener<ResolvedGradient> listener) {
    send(
        handle.holder(),
        HandleTransport.VECTOR,
        new KeyRequest(handle.key()),
        GradientResponse::new,
        ActionListener.map(listener, GradientResponse::gradient));
  }

  /** Asks for the vectors of a gradient's tokens. */
  void tokens(GradientHandle handle, ActionListener<TokenVectors> listener) {
    send(
        handle.holder(),
        HandleTransport.TOKENS,
        new KeyRequest(handle.key()),
        TokensResponse::new,
        ActionListener.map(listener, TokensResponse::tokens));
  }

  /**
   * Asks for the influence of rows on each token.
   *
   * @param rows at least one, of one dimension and element type
   * @param listener receives one array per row
   */
  void influences(GradientHandle handle, List<HitRow> rows, ActionListener<double[][]> listener) {
    send(
        handle.holder(),
        HandleTransport.INFLUENCES,
        new InfluencesRequest(handle.key(), rows),
        InfluencesResponse::new,
        ActionListener.map(listener, InfluencesResponse::influences));
  }

  /** Returns a borrowed gradient. If this fails, its holder drops it after some minutes. */
  void giveBack(GradientHandle handle) {
    send(
        handle.holder(),
        HandleTransport.GIVE_BACK,
        new KeyRequest(handle.key()),
        in -> TransportResponse.Empty.INSTANCE,
        ActionListener.wrap(done -> {}, fault -> {}));
  }

  private <T extends TransportResponse> void send(
      String node,
      String action,
      TransportRequest request,
      Writeable.Reader<T> reader,
      ActionListener<T> listener) {
    DiscoveryNode holder = nodes.get().get(node);
    if (holder == null || transport == null) {
      listener.onFailure(LostGradients.lost(node, null));
      return;
    }
    transport.sendRequest(
        holder,
        action,
        request,
        OPTIONS,
        new ActionListenerResponseHandler<>(
            ActionListener.wrap(
                listener::onResponse,
                fault -> listener.onFailure(LostGradients.ofRequest(node, fault))),
            reader,
            ThreadPool.Names.GENERIC));
  }
}
