package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.bytes.BytesReference;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * Gradients of queries, each computed once: pages, refreshes and equal clauses of a search find it
 * in the cache, and equal queries of one user at the same time wait for one computation, which ends
 * when none of them waits any more, and counts once against the user's share of the gradient queue.
 * Safe for many threads.
 */
public final class QueryGradients {
  private final GradientSource source;
  private final QueryGradientCache cache;
  private final ThreadContext context;
  private final Map<FlightKey, Flight> flights = new HashMap<>();

  /**
   * @param source computes what is not cached
   * @param context is cleared of the request while it starts a computation that others may share
   */
  public QueryGradients(GradientSource source, QueryGradientCache cache, ThreadContext context) {
    this.source = source;
    this.cache = cache;
    this.context = context;
  }

  /** Counts of the cache. */
  public QueryGradientCache.Stats stats() {
    return cache.stats();
  }

  /**
   * Finds or computes a gradient.
   *
   * @return a future of this caller alone: cancelling it leaves the computation to the other
   *     callers
   */
  CompletableFuture<QueryGradient> get(ResolvedAttributor attributor, Generation generation) {
    String key = key(attributor, generation);
    CompletableFuture<QueryGradient> mine = new CompletableFuture<>();
    Flight flight;
    boolean first;
    synchronized (this) {
      QueryGradient cached = cache.get(key);
      if (cached != null) {
        mine.complete(cached);
        return mine;
      }
      FlightKey flightKey = new FlightKey(RequestUser.of(context), key);
      flight = flights.get(flightKey);
      first = flight == null;
      if (first) {
        flight = new Flight(flightKey, generation.perToken());
        flights.put(flightKey, flight);
      }
      flight.waiting++;
    }
    if (first) {
      flight.start(attributor, generation);
    }
    flight.join(mine);
    return mine;
  }

  /** SHA-256 in hex, so that no text is kept. */
  private static String key(ResolvedAttributor attributor, Generation generation) {
    try (BytesStreamOutput bytes = new BytesStreamOutput()) {
      bytes.writeString(attributor.fingerprint());
      generation.writeTo(bytes);
      MessageDigest sha = MessageDigests.sha256();
      return HexFormat.of().formatHex(sha.digest(BytesReference.toBytes(bytes.bytes())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void landed(Flight flight, QueryGradient gradient) {
    flights.remove(flight.key, flight);
    // Vectors of tokens that another node keeps are given back with the search.
    if (gradient != null && (gradient.hasTokenVectors() || !flight.perToken)) {
      cache.put(flight.key.gradient(), gradient);
    }
  }

  private synchronized boolean isAbandoned(Flight flight) {
    flight.waiting--;
    if (flight.waiting > 0) {
      return false;
    }
    flights.remove(flight.key, flight); // later callers start another one
    return true;
  }

  /** A user is not refused for the share of another one. */
  private record FlightKey(Optional<String> user, String gradient) {}

  /** One computation and its callers. */
  private final class Flight {
    private final FlightKey key;
    private final boolean perToken;
    private final CompletableFuture<QueryGradient> landing = new CompletableFuture<>();
    private int waiting;
    private volatile CompletableFuture<QueryGradient> work;

    Flight(FlightKey key, boolean perToken) {
      this.key = key;
      this.perToken = perToken;
    }

    void start(ResolvedAttributor attributor, Generation generation) {
      // Not a child of this request: the other callers may still wait when it has ended.
      try (ThreadContext.StoredContext ignored = RequestOrigin.NONE.bind(context)) {
        work =
            source.query(
                attributor, generation.sample(), generation.selection(), generation.perToken());
      }
      work.whenComplete(
          (gradient, fault) -> {
            landed(this, gradient);
            if (fault == null) {
              landing.complete(gradient);
            } else {
              landing.completeExceptionally(fault);
            }
          });
    }

    void join(CompletableFuture<QueryGradient> mine) {
      landing.whenComplete(
          (gradient, fault) -> {
            if (fault == null) {
              mine.complete(gradient);
            } else {
              mine.completeExceptionally(fault);
            }
          });
      mine.whenComplete(
          (gradient, fault) -> {
            if (mine.isCancelled() && isAbandoned(this)) {
              cancel();
            }
          });
    }

    private void cancel() {
      CompletableFuture<QueryGradient> running = work;
      if (running != null) {
        running.cancel(true);
      }
    }
  }
}
