package org.rapidin.plugin.artefact;

import java.io.DataInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.Background;
import org.rapidin.attribution.fitted.DampedInverse;
import org.rapidin.attribution.fitted.FittedState;
import org.rapidin.plugin.dispatch.ArtefactCounts;
import org.rapidin.plugin.dispatch.RequestOrigin;

/**
 * The artefacts that a node has in memory: read with the first query that needs them, checked
 * against their digests, and kept by digest until others need the room. The breaker counts their
 * bytes. Safe for many threads.
 */
public final class Artefacts implements Preconditioners, Backgrounds, ArtefactSource {
  /** {@code plugins.rapidin.artefacts.cache_size}: bytes, or a percentage of the heap. */
  public static final Setting<ByteSizeValue> CACHE_SIZE =
      Setting.memorySizeSetting("plugins.rapidin.artefacts.cache_size", "2%", Property.NodeScope);

  private static final String LABEL = "<rapidin_artefacts>";

  private final ArtefactIndex index;
  private final ThreadPool threadPool;
  private final Supplier<CircuitBreaker> breaker;
  private final ArtefactCache cache;
  private final ArtefactCounts counts;

  /**
   * @param breaker counts bytes; called with the first
   * @param cacheBytes of artefacts that no query uses
   * @param counts what is read, for the statistics
   */
  public Artefacts(
      ArtefactIndex index,
      ThreadPool threadPool,
      Supplier<CircuitBreaker> breaker,
      long cacheBytes,
      ArtefactCounts counts) {
    this.index = index;
    this.threadPool = threadPool;
    this.breaker = breaker;
    this.cache = new ArtefactCache(cacheBytes);
    this.counts = counts;
  }

  ArtefactIndex index() {
    return index;
  }

  /**
   * Reserves bytes on the breaker.
   *
   * @return gives them back when closed; closing is idempotent
   * @throws org.opensearch.core.common.breaker.CircuitBreakingException (429) if there is no room
   */
  Releasable reserve(long bytes) {
    breaker.get().addEstimateBytesAndMaybeBreak(bytes, LABEL);
    return Releasables.releaseOnce(() -> breaker.get().addWithoutBreaking(-bytes));
  }

  @Override
  public void find(String id, ActionListener<StoredArtefact> listener) {
    index.find(
        id,
        whileWanted(
            id,
            ActionListener.map(listener, found -> require(id, ArtefactType.FISHER, found)),
            unneeded -> {}));
  }

  @Override
  public void load(StoredArtefact artefact, ActionListener<Preconditioners.Use> listener) {
    ready(
        artefact,
        ActionListener.map(
            whileWanted(artefact.id(), listener, Releasable::close),
            ready ->
                new Preconditioners.Use(
                    artefact, (DampedInverse) ready.loaded().state(), ready.end())));
  }

  /** The nodes with the index of artefacts may have stopped. */
  private <T> ActionListener<T> whileWanted(
      String id, ActionListener<T> listener, Consumer<T> late) {
    return RequestOrigin.whileWanted(
        threadPool,
        "artefact [%s] was not read within the timeout of the request".formatted(id),
        listener,
        late);
  }

  @Override
  public void keep(ArtefactReference reference, ActionListener<Releasable> listener) {
    LoadedArtefact cached = cache.get(reference.digest());
    if (cached != null) {
      counts.hit();
      listener.onResponse(Releasables.releaseOnce(cached::decRef));
      return;
    }
    find(
        reference.id(),
        ActionListener.wrap(
            found -> {
              requireSame(found, reference);
              requireRoom(found);
              load(found, ActionListener.map(listener, use -> use));
            },
            listener::onFailure));
  }

  private static void requireSame(StoredArtefact found, ArtefactReference reference) {
    if (!found.content().orElseThrow().digest().equals(reference.digest())) {
      throw new OpenSearchStatusException(
          "artefact [%s] was deleted and fitted again while the search ran: repeat the search"
              .formatted(reference.id()),
          RestStatus.CONFLICT);
    }
  }

  private void requireRoom(StoredArtefact artefact) {
    long bytes = artefact.content().orElseThrow().bytes();
    if (!cache.fits(bytes)) {
      throw new IllegalArgumentException(
          "artefact [%s] has %s bytes, more than plugins.rapidin.artefacts.cache_size of this node, and documents are measured with artefacts that stay in memory: raise the setting"
              .formatted(artefact.id(), bytes));
    }
  }

  @Override
  public DampedInverse inMemory(ArtefactReference reference) {
    LoadedArtefact cached = cache.get(reference.digest());
    if (cached == null) {
      throw new OpenSearchStatusException(
          "artefact [%s] left the memory of this node while the search ran: repeat the search, and if that happens often, raise plugins.rapidin.artefacts.cache_size"
              .formatted(reference.id()),
          RestStatus.SERVICE_UNAVAILABLE);
    }
    try {
      return (DampedInverse) cached.state();
    } finally {
      cached.decRef();
    }
  }

  @Override
  public void sample(String id, ActionListener<Backgrounds.Use> listener) {
    ActionListener<Ready> wanted =
        ActionListener.map(
            whileWanted(id, listener, Releasable::close),
            ready ->
                new Backgrounds.Use(
                    ready.artefact(), (Background) ready.loaded().state(), ready.end()));
    index.find(
        id,
        ActionListener.wrap(
            found -> ready(require(id, ArtefactType.BACKGROUND, found), wanted),
            wanted::onFailure));
  }

  /** An artefact that has one more user. */
  private record Ready(StoredArtefact artefact, LoadedArtefact loaded) {
    Releasable end() {
      return Releasables.releaseOnce(loaded::decRef);
    }
  }

  private void ready(StoredArtefact artefact, ActionListener<Ready> listener) {
    threadPool.generic().execute(ActionRunnable.wrap(listener, each -> loadOnce(artefact, each)));
  }

  static StoredArtefact require(String id, ArtefactType type, Optional<StoredArtefact> found) {
    StoredArtefact artefact =
        found.orElseThrow(
            () ->
                new IllegalArgumentException(
                    "no artefact [%s]: GET _plugins/_rapidin/artefacts lists them".formatted(id)));
    type.require(artefact);
    if (artefact.content().isEmpty()) {
      throw new OpenSearchStatusException(
          "artefact [%s] is still being fitted by task [%s]".formatted(id, artefact.task()),
          RestStatus.CONFLICT);
    }
    return artefact;
  }

  private void loadOnce(StoredArtefact artefact, ActionListener<Ready> listener) {
    String digest = artefact.content().orElseThrow().digest();
    ActionListener<LoadedArtefact> mine =
        ActionListener.map(listener, loaded -> new Ready(artefact, loaded));
    LoadedArtefact cached = cache.get(digest);
    if (cached != null) {
      counts.hit();
      mine.onResponse(cached);
      return;
    }
    ActionListener<LoadedArtefact> waiting =
        new ContextPreservingActionListener<>(
            threadPool.getThreadContext().newRestorableContext(false), mine);
    if (cache.join(digest, waiting) == ArtefactCache.Next.LOAD) {
      loadForAll(artefact, digest);
    }
  }

  /** Reads an artefact for all who wait for it. */
  private void loadForAll(StoredArtefact artefact, String digest) {
    LoadedArtefact loaded;
    try {
      loaded = read(artefact);
    } catch (Exception e) {
      answer(cache.failed(digest), each -> each.onFailure(e));
      return;
    }
    List<ActionListener<LoadedArtefact>> waited = cache.arrived(digest, loaded);
    loaded.decRef(); // each of those that waited is a user, and may end before this thread goes on
    answer(waited, each -> each.onResponse(loaded));
  }

  private void answer(
      List<ActionListener<LoadedArtefact>> waited, Consumer<ActionListener<LoadedArtefact>> how) {
    for (ActionListener<LoadedArtefact> each : waited) {
      threadPool.generic().execute(() -> how.accept(each));
    }
  }

  /** For a model that is being loaded, which keeps it as long as it is: not from the cache. */
  @Override
  public Held open(ArtefactReference reference) {
    PlainActionFuture<Optional<StoredArtefact>> found = new PlainActionFuture<>();
    index.find(reference.id(), found);
    StoredArtefact artefact =
        found
            .actionGet()
            .filter(
                stored ->
                    stored
                        .content()
                        .filter(content -> content.digest().equals(reference.digest()))
                        .isPresent())
            .orElseThrow(
                () ->
                    new ModelUnavailableException(
                        "there is no artefact [%s] with digest [%s], which the attributor names: restore index [%s] from a snapshot"
                            .formatted(reference.id(), reference.digest(), ArtefactIndex.NAME)));
    try {
      LoadedArtefact loaded = read(artefact);
      return new Held(loaded.state(), Releasables.releaseOnce(loaded::decRef)::close);
    } catch (IOException e) {
      throw new ModelUnavailableException(e.getMessage(), e);
    }
  }

  private LoadedArtefact read(StoredArtefact artefact) throws IOException {
    StoredArtefact.Content content = artefact.content().orElseThrow();
    Releasable reserved = reserve(content.bytes());
    try {
      ChunkInput bytes = new ChunkInput(index.chunks(), artefact, content);
      FittedState state = artefact.spec().type().read(content, new DataInputStream(bytes));
      try {
        bytes.requireWhole();
      } catch (Exception e) {
        state.close();
        throw e;
      }
      return new LoadedArtefact(state, content.bytes(), counts.loaded(content.bytes(), reserved));
    } catch (Exception e) {
      reserved.close();
      throw e;
    }
  }
}
