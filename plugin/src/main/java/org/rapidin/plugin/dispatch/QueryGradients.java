package org.rapidin.plugin.dispatch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.bytes.BytesReference;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * Gradients of queries, each computed once: pages, refreshes and equal clauses of a search find it
 * in the cache, and equal queries at the same time wait for one computation, which ends when none
 * of them waits any more. It counts once, against the share of the gradient queue of the user who
 * asked first; where that is full, those of other users ask again for themselves. Safe for many
 * threads.
 */
public final class QueryGradients {
  private final GradientSource source;
  private final QueryGradientCache cache;
  private final ThreadContext context;
  private final Map<String, Flight> flights = new HashMap<>();

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
    Caller caller =
        new Caller(
            attributor,
            generation,
            key(attributor, generation),
            RequestUser.of(context),
            context.newRestorableContext(true),
            new CompletableFuture<>());
    find(caller);
    return caller.answer();
  }

  /**
   * One that asks.
   *
   * @param key of the gradient
   * @param user whose share of the gradient queue it takes
   * @param own restores the caller's context
   */
  private record Caller(
      ResolvedAttributor attributor,
      Generation generation,
      String key,
      Optional<String> user,
      Supplier<ThreadContext.StoredContext> own,
      CompletableFuture<QueryGradient> answer) {}

  private void find(Caller caller) {
    QueryGradient cached;
    Flight flight = null;
    boolean first = false;
    synchronized (this) {
      cached = cache.get(caller.key());
      if (cached == null) {
        flight = flights.get(caller.key());
        first = flight == null;
        if (first) {
          flight = new Flight(caller);
          flights.put(caller.key(), flight);
        }
        flight.waiting++;
      }
    }
    if (cached != null) {
      caller.answer().complete(cached);
      return;
    }
    if (first) {
      flight.start();
    }
    flight.join(caller);
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
    flights.remove(flight.first.key(), flight);
    // Vectors of tokens that another node keeps are given back with the search.
    boolean perToken = flight.first.generation().perToken();
    if (gradient != null && (gradient.hasTokenVectors() || !perToken)) {
      cache.put(flight.first.key(), gradient);
    }
  }

  private synchronized boolean isAbandoned(Flight flight) {
    flight.waiting--;
    if (flight.waiting > 0) {
      return false;
    }
    flights.remove(flight.first.key(), flight); // later callers start another one
    return true;
  }

  /** One computation and its callers. */
  private final class Flight {
    private final Caller first;
    private final CompletableFuture<QueryGradient> landing = new CompletableFuture<>();
    private int waiting;
    private volatile CompletableFuture<QueryGradient> work;

    Flight(Caller first) {
      this.first = first;
    }

    void start() {
      Generation generation = first.generation();
      // Not a child of this request: the other callers may still wait when it has ended.
      try (ThreadContext.StoredContext ignored = RequestOrigin.NONE.bind(context)) {
        work =
            source.query(
                first.attributor(),
                generation.sample(),
                generation.selection(),
                generation.perToken());
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

    void join(Caller caller) {
      landing.whenComplete(
          (gradient, fault) -> {
            if (fault == null) {
              caller.answer().complete(gradient);
            } else if (isOfAnotherShare(caller, fault) && !caller.answer().isDone()) {
              askAgain(caller);
            } else {
              caller.answer().completeExceptionally(fault);
            }
          });
      caller
          .answer()
          .whenComplete(
              (gradient, fault) -> {
                if (caller.answer().isCancelled() && isAbandoned(this)) {
                  cancel();
                }
              });
    }

    /** A user is not refused for the share of another one. */
    private boolean isOfAnotherShare(Caller caller, Throwable fault) {
      return !caller.user().equals(first.user())
          && fault instanceof Exception refused
          && GradientFaults.isFull(refused);
    }

    private void askAgain(Caller caller) {
      try (ThreadContext.StoredContext ignored = caller.own().get()) {
        find(caller);
      } catch (RuntimeException e) { // not reported anywhere else
        caller.answer().completeExceptionally(e);
      }
    }

    private void cancel() {
      CompletableFuture<QueryGradient> running = work;
      if (running != null) {
        running.cancel(true);
      }
    }
  }
}
