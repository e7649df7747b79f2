package org.rapidin.plugin.guard;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.opensearch.common.util.concurrent.ThreadContext;

/**
 * What the user of one bulk was answered about indices, so that each is asked for once, also where
 * a condition lets a pipeline take documents one by one. Safe for many threads.
 */
final class AskedIndices {
  private static final String TRANSIENT = "rapidin.asked_indices";

  private final Map<String, CompletableFuture<Optional<Exception>>> answers = new HashMap<>();

  /**
   * Begins a context in which answers are kept here, and not with an enclosing request.
   *
   * @return restores the caller's context when closed
   */
  ThreadContext.StoredContext begin(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /** Returns those of the bulk that is being served; new ones outside of bulks. */
  static AskedIndices bound(ThreadContext context) {
    AskedIndices bound = context.getTransient(TRANSIENT);
    return bound == null ? new AskedIndices() : bound;
  }

  /**
   * Returns the answer about an index.
   *
   * @param ask completes the answer; called for the first question alone
   */
  CompletableFuture<Optional<Exception>> of(
      String index, Consumer<CompletableFuture<Optional<Exception>>> ask) {
    CompletableFuture<Optional<Exception>> mine = new CompletableFuture<>();
    synchronized (this) {
      CompletableFuture<Optional<Exception>> earlier = answers.putIfAbsent(index, mine);
      if (earlier != null) {
        return earlier;
      }
    }
    try {
      ask.accept(mine); // runs filters of other plugins: not under the lock
    } catch (RuntimeException e) {
      mine.complete(Optional.of(e));
    }
    return mine;
  }
}
