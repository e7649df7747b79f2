package org.rapidin.plugin.handle;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ListenableFuture;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.lucene.HitRow;

/**
 * Query gradients of this node and of others. Nothing here blocks; listeners are called on the
 * generic pool, in the caller's thread context. Safe for many threads.
 */
public final class GradientHandles {
  // A vector of 256 KB takes milliseconds; a node that needs longer has stopped.
  private static final TransportRequestOptions OPTIONS =
      TransportRequestOptions.builder().withTimeout(TimeValue.timeValueSeconds(10)).build();

  private final GradientStore store;
  private final Supplier<DiscoveryNodes> nodes;
  private final ThreadPool threadPool;
  // One request per handle at a time, however many shards have it. Equal gradients of two holders
  // are fetched twice, so that a search does not wait for another one's holder.
  private final Map<GradientHandle, ListenableFuture<HeldGradient>> vectors =
      new ConcurrentHashMap<>();
  private final Map<GradientHandle, ListenableFuture<HeldGradient>> tokens =
      new ConcurrentHashMap<>();
  private final LentGradients lent;
  private final BorrowedGradients borrowed;
  private volatile TransportService transport;

  /**
   * Connects a store to the cluster.
   *
   * @param store this node's gradients
   * @param nodes of the cluster, as this node sees it now
   */
  public GradientHandles(
      GradientStore store, Supplier<DiscoveryNodes> nodes, ThreadPool threadPool) {
    this.store = store;
    this.nodes = nodes;
    this.threadPool = threadPool;
    this.lent = new LentGradients(threadPool);
    this.borrowed = new BorrowedGradients(threadPool, this::giveBack);
  }

  /** Makes the other nodes reachable. */
  void connect(TransportService service) {
    this.transport = service;
  }

  GradientStore store() {
    return store;
  }

  /**
   * Keeps a gradient on this node, which becomes its holder.
   *
   * @param tokens the vectors of its selected tokens, if they are asked about
   * @param uses receives what ends this use of the gradient
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  public GradientHandle keep(
      ResolvedGradient gradient, Optional<TokenVectors> tokens, Consumer<Releasable> uses) {
    GradientHandle here = here(gradient, tokens.isPresent());
    uses.accept(store.add(new HeldGradient(here, gradient, tokens)));
    return here;
  }

  /**
   * Keeps a gradient with its token vectors for a search that another node coordinates, until that
   * node gives it back.
   *
   * @return the gradient's key here, which the other node asks for
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  public GradientKey lend(ResolvedGradient gradient, TokenVectors tokens) {
    GradientHandle here = here(gradient, true);
    lent.lend(here.key(), store.add(new HeldGradient(here, gradient, Optional.of(tokens))));
    return here.key();
  }

  /**
   * Notes that another node keeps a gradient with its token vectors for this one.
   *
   * @param key of the gradient on that node; empty if it did not say, and has this node's
   * @return gives the gradient back unless a search uses it; closing is idempotent
   */
  public Releasable lentBy(String node, Optional<GradientKey> key, ResolvedGradient gradient) {
    GradientKey here = GradientKey.of(gradient, true);
    return borrowed.add(here, new GradientHandle(key.orElse(here), node));
  }

  /**
   * Uses a gradient whose token vectors another node keeps, see {@link #lentBy}.
   *
   * @param uses receives what ends this use of the gradient, here and there
   * @throws org.opensearch.OpenSearchStatusException (503) if it was given back
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  public GradientHandle borrow(ResolvedGradient gradient, Consumer<Releasable> uses) {
    BorrowedGradients.Use use =
        borrowed
            .use(GradientKey.of(gradient, true))
            .orElseThrow(() -> LostGradients.lost(nodes.get().getLocalNodeId(), null));
    uses.accept(use.end());
    uses.accept(store.add(new HeldGradient(use.handle(), gradient, Optional.empty())));
    return use.handle();
  }

  /** Ends a use by another node. */
  void givenBack(GradientKey key) {
    lent.giveBack(key);
  }

  private void giveBack(GradientHandle handle) {
    // If this fails, the holder gives the gradient up by itself after some minutes.
    send(
        handle.holder(),
        HandleTransport.GIVE_BACK,
        new KeyRequest(handle.key()),
        in -> TransportResponse.Empty.INSTANCE,
        ActionListener.wrap(done -> {}, fault -> {}));
  }

  private GradientHandle here(ResolvedGradient gradient, boolean tokenVectors) {
    return new GradientHandle(GradientKey.of(gradient, tokenVectors), nodes.get().getLocalNodeId());
  }

  /** Bytes on this node of gradients that searches use now. */
  public long bytesInUse() {
    return store.bytesInUse();
  }

  /** Looks a gradient up on this node. */
  public Optional<HeldGradient> find(GradientKey key) {
    return store.find(key);
  }

  /**
   * Looks a gradient up on this node.
   *
   * @throws org.opensearch.OpenSearchStatusException (503) if it is not here any more
   */
  public HeldGradient require(GradientKey key) {
    return store
        .find(key)
        .orElseThrow(() -> LostGradients.lost(nodes.get().getLocalNodeId(), null));
  }

  /** Keeps a gradient that is here from being evicted until the result is closed. */
  public Optional<Releasable> use(GradientKey key) {
    return store.use(key);
  }

  /**
   * Returns the handle of a gradient that this node has fetched, as the request cache should see
   * it: without the holder, which the store remembers, so that equal queries have equal keys
   * whichever node resolved them.
   */
  public GradientHandle forCacheKey(GradientHandle handle) {
    return handle.holder().equals(nodes.get().getLocalNodeId())
        ? handle
        : new GradientHandle(handle.key(), "");
  }

  /** Brings a gradient to this node unless it is here. */
  public void fetch(GradientHandle handle, ActionListener<HeldGradient> listener) {
    Optional<HeldGradient> here = store.find(handle.key());
    if (here.isPresent()) {
      // The last holder: its search has just begun, an earlier one may have ended.
      listener.onResponse(
          handle.holder().isEmpty()
              ? here.get()
              : put(new HeldGradient(handle, here.get().gradient(), here.get().tokens())));
      return;
    }
    once(
        vectors,
        handle,
        listener,
        arrived ->
            send(
                handle.holder(),
                HandleTransport.VECTOR,
                new KeyRequest(handle.key()),
                GradientResponse::new,
                ActionListener.map(
                    arrived,
                    response ->
                        put(new HeldGradient(handle, response.gradient(), Optional.empty())))));
  }

  /** Brings the vectors of a gradient's tokens to this node, which has the gradient itself. */
  public void fetchTokens(HeldGradient held, ActionListener<HeldGradient> listener) {
    GradientHandle handle = held.handle();
    once(
        tokens,
        handle,
        listener,
        arrived ->
            send(
                handle.holder(),
                HandleTransport.TOKENS,
                new KeyRequest(handle.key()),
                TokensResponse::new,
                ActionListener.map(arrived, response -> put(held.with(response.tokens())))));
  }

  /**
   * Reserves bytes for rows that wait for their influences.
   *
   * @return gives them back when closed; closing is idempotent
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  public Releasable reserve(long bytes) {
    return store.reserveUntilClosed(bytes);
  }

  /**
   * Computes the influence of rows on each token where the vectors of the tokens are.
   *
   * @param rows at least one, of one dimension and element type
   * @param listener receives one array per row
   */
  public void influences(
      GradientHandle handle, List<HitRow> rows, ActionListener<double[][]> listener) {
    send(
        handle.holder(),
        HandleTransport.INFLUENCES,
        new InfluencesRequest(handle.key(), rows),
        InfluencesResponse::new,
        ActionListener.map(listener, InfluencesResponse::influences));
  }

  /**
   * Returns a listener that fails when a task is cancelled, for waits that end after seconds where
   * another node has stopped.
   *
   * @param task that waits
   * @param listener hears one answer, in the thread context of the caller
   */
  public <T> ActionListener<T> whileWanted(Task task, ActionListener<T> listener) {
    return CancellableWait.of(task, threadPool, listener);
  }

  /** Keeps it until the next eviction; a caller that needs it longer uses the returned one. */
  private HeldGradient put(HeldGradient held) {
    store.add(held).close();
    return held;
  }

  private void once(
      Map<GradientHandle, ListenableFuture<HeldGradient>> running,
      GradientHandle handle,
      ActionListener<HeldGradient> listener,
      Consumer<ActionListener<HeldGradient>> request) {
    ListenableFuture<HeldGradient> mine = new ListenableFuture<>();
    ListenableFuture<HeldGradient> first = running.putIfAbsent(handle, mine);
    (first == null ? mine : first)
        .addListener(listener, threadPool.generic(), threadPool.getThreadContext());
    if (first == null) {
      request.accept(ActionListener.runBefore(mine, () -> running.remove(handle)));
    }
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
