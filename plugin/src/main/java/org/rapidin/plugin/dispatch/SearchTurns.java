package org.rapidin.plugin.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;

/**
 * The gradients that one search asks for. Its clauses ask at the same time; one that finds the
 * queues full waits until another one has ended, and asks again, so that a search is not refused
 * because of its own clauses. Safe for many threads.
 */
final class SearchTurns {
  private static final String TRANSIENT = "rapidin.search_turns";

  private final Deque<Turn<?>> waiting = new ArrayDeque<>();
  private int running;

  /**
   * Begins a context in which gradients are asked for here, and not with an enclosing request.
   *
   * @return restores the caller's context when closed
   */
  ThreadContext.StoredContext begin(ThreadContext context) {
    ThreadContext.StoredContext caller = context.newStoredContext(false, List.of(TRANSIENT));
    context.putTransient(TRANSIENT, this);
    return caller;
  }

  /** Returns those of the search that is being served; new ones outside of searches. */
  static SearchTurns bound(ThreadContext context) {
    SearchTurns bound = context.getTransient(TRANSIENT);
    return bound == null ? new SearchTurns() : bound;
  }

  /**
   * Asks for a gradient.
   *
   * @param question called in the caller's context, again after each time that it waited
   * @return its answer, 429 only if no other gradient of the search is under way
   */
  <T> CompletableFuture<T> ask(ThreadContext context, Supplier<CompletableFuture<T>> question) {
    Turn<T> turn = new Turn<>(context.newRestorableContext(true), question);
    synchronized (this) {
      running++;
    }
    turn.start();
    return turn.answer;
  }

  private final class Turn<T> {
    private final Supplier<ThreadContext.StoredContext> caller;
    private final Supplier<CompletableFuture<T>> question;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Turn(Supplier<ThreadContext.StoredContext> caller, Supplier<CompletableFuture<T>> question) {
      this.caller = caller;
      this.question = question;
    }

    void start() {
      CompletableFuture<T> attempt;
      try (ThreadContext.StoredContext ignored = caller.get()) {
        attempt = question.get();
      } catch (RuntimeException e) {
        attempt = CompletableFuture.failedFuture(e);
      }
      attempt.whenComplete(this::ended);
    }

    private void ended(T value, Throwable fault) {
      boolean full = fault instanceof Exception refused && GradientFaults.isFull(refused);
      Turn<?> next;
      synchronized (SearchTurns.this) {
        running--;
        if (full && running > 0) {
          waiting.add(this);
          return;
        }
        next = waiting.poll();
        running += next == null ? 0 : 1;
      }
      if (fault == null) {
        answer.complete(value);
      } else {
        answer.completeExceptionally(fault);
      }
      if (next != null) {
        next.start();
      }
    }
  }
}
