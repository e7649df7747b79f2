package org.rapidin.plugin.handle;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.lucene.HitRow;

/**
 * Query gradients of this node and of others. Nothing here blocks; listeners are called on the
 * generic pool, in the caller's thread context. Safe for many threads.
 */
public final class GradientHandles {
  private final GradientStore store;
  private final Supplier<DiscoveryNodes> nodes;
  private final ThreadPool threadPool;
  private final HolderRequests requests;
  private final SharedFetches vectors;
  private final SharedFetches tokens;
  private final LentGradients lent;
  private final BorrowedGradients borrowed;

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
    this.requests = new HolderRequests(nodes);
    this.vectors = new SharedFetches(threadPool);
    this.tokens = new SharedFetches(threadPool);
    this.lent = new LentGradients(threadPool);
    this.borrowed = new BorrowedGradients(threadPool, requests::giveBack);
  }

  /** Makes the other nodes reachable. */
  void connect(TransportService service) {
    requests.connect(service);
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
   * @param key of the gradient on that node; empty if it is of a version that does not send it
   * @return gives the gradient back unless a search uses it; closing is idempotent
   */
  public Releasable lentBy(String node, Optional<GradientKey> key, ResolvedGradient gradient) {
    GradientKey here = GradientKey.of(gradient, true);
    return borrowed.add(
        here, new GradientHandle(key.orElseGet(() -> GradientKey.unsent(gradient)), node));
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
    vectors.fetch(
        handle,
        listener,
        arrived ->
            requests.vector(
                handle,
                ActionListener.map(
                    arrived,
                    gradient -> put(new HeldGradient(handle, gradient, Optional.empty())))));
  }

  /** Brings the vectors of a gradient's tokens to this node, which has the gradient itself. */
  public void fetchTokens(HeldGradient held, ActionListener<HeldGradient> listener) {
    GradientHandle handle = held.handle();
    tokens.fetch(
        handle,
        listener,
        arrived ->
            requests.tokens(
                handle, ActionListener.map(arrived, vectors -> put(held.with(vectors)))));
  }

  /**
   * Reserves bytes for vectors that become a query's gradient.
   *
   * @return gives them back when closed; closing is idempotent
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  public Releasable makeRoom(long bytes) {
    return store.makeRoom(bytes);
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
    requests.influences(handle, rows, listener);
  }

  /** The pool that calls listeners. */
  public ThreadPool threadPool() {
    return threadPool;
  }

  /**
   * Keeps a gradient until the next eviction; callers that need it longer keep the returned one.
   */
  private HeldGradient put(HeldGradient held) {
    store.add(held).close();
    return held;
  }
}
