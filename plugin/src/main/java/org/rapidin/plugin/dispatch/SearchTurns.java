package org.rapidin.plugin.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.tasks.TaskCancelledException;
import org.rapidin.plugin.handle.SearchUses;

/**
 * The gradients that one search asks for. Its clauses ask at the same time; one that finds the
 * queues full waits until another one has ended, and asks again, so that a search is not refused
 * because of its own clauses. Those that still wait when the search has been answered, for example
 * with another clause's fault, are not computed. Safe for many threads.
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
   * @return its answer, 429 only if no other gradient of the search is under way; {@link
   *     TaskCancelledException} if the search had been answered before the question was asked
   */
  <T> CompletableFuture<T> ask(ThreadContext context, Supplier<CompletableFuture<T>> question) {
    Turn<T> turn =
        new Turn<>(context.newRestorableContext(true), SearchUses.ended(context), question);
    synchronized (this) {
      running++;
    }
    start(turn);
    return turn.answer;
  }

  /** In a loop, because each of many turns may end at once. */
  private static void start(Turn<?> first) {
    for (Turn<?> turn = first; turn != null; ) {
      turn = turn.start();
    }
  }

  private final class Turn<T> {
    private final Supplier<ThreadContext.StoredContext> caller;
    private final BooleanSupplier searchEnded;
    private final Supplier<CompletableFuture<T>> question;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Turn(
        Supplier<ThreadContext.StoredContext> caller,
        BooleanSupplier searchEnded,
        Supplier<CompletableFuture<T>> question) {
      this.caller = caller;
      this.searchEnded = searchEnded;
      this.question = question;
    }

    /** Returns the turn to start next if this one has ended already, or null. */
    Turn<?> start() {
      CompletableFuture<T> attempt = attempt();
      if (attempt.isDone()) {
        return attempt.<Turn<?>>handle(this::end).join();
      }
      attempt.whenComplete((value, fault) -> SearchTurns.start(end(value, fault)));
      return null;
    }

    private CompletableFuture<T> attempt() {
      if (searchEnded.getAsBoolean()) {
        return CompletableFuture.failedFuture(
            new TaskCancelledException("the search has ended without this gradient"));
      }
      try (ThreadContext.StoredContext ignored = caller.get()) {
        return question.get();
      } catch (RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    /** Returns the turn to start next, or null. */
    private Turn<?> end(T value, Throwable fault) {
      boolean full = fault instanceof Exception refused && GradientFaults.isFull(refused);
      Turn<?> next;
      synchronized (SearchTurns.this) {
        running--;
        if (full && running > 0) {
          waiting.add(this);
          return null;
        }
        next = waiting.poll();
        running += next == null ? 0 : 1;
      }
      if (fault == null) {
        answer.complete(value);
      } else {
        answer.completeExceptionally(fault);
      }
      return next;
    }
  }
}
