package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.test.OpenSearchTestCase;
import org.rapidin.plugin.handle.SearchUses;

/** Clauses of a search wait for each other, and are refused for what others take. */
public class SearchTurnsTests extends OpenSearchTestCase {
  private final ThreadContext context = new ThreadContext(Settings.EMPTY);
  private final SearchTurns turns = new SearchTurns();
  private final Map<String, CompletableFuture<String>> running = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private int places;

  /** A queue of some places. */
  private CompletableFuture<String> compute(String clause) {
    asked.add(clause);
    assertEquals(clause, context.getHeader("clause"));
    CompletableFuture<String> computation = new CompletableFuture<>();
    if (running.size() >= places) {
      computation.completeExceptionally(new OpenSearchRejectedExecutionException("full"));
    } else {
      running.put(clause, computation);
    }
    return computation;
  }

  private CompletableFuture<String> ask(String clause) {
    try (ThreadContext.StoredContext ignored = context.newStoredContext(false)) {
      context.putHeader("clause", clause);
      return turns.ask(context, () -> compute(clause));
    }
  }

  private void complete(String clause) {
    running.remove(clause).complete(clause);
  }

  public void testClausesThatFindTheQueueFullAskAgainOneByOne() {
    places = 1;
    CompletableFuture<String> a = ask("a");
    CompletableFuture<String> b = ask("b");
    CompletableFuture<String> c = ask("c");
    assertFalse(b.isDone() || c.isDone());
    complete("a");
    assertEquals("a", a.join());
    assertEquals(List.of("a", "b", "c", "b"), asked);
    complete("b");
    complete("c");
    assertEquals("b", b.join());
    assertEquals("c", c.join());
    assertNull(context.getHeader("clause"));
  }

  public void testWhereOthersTakeAllPlacesAClauseIsRefused() {
    places = 0;
    assertTrue(ask("a").isCompletedExceptionally());
    assertTrue(ask("b").isCompletedExceptionally());
  }

  public void testAPlaceThatAnotherSearchTakesMeanwhileIsARefusal() {
    places = 1;
    CompletableFuture<String> a = ask("a");
    CompletableFuture<String> b = ask("b");
    CompletableFuture<String> c = ask("c");
    places = 0;
    complete("a");
    assertEquals("a", a.join());
    assertTrue(b.isCompletedExceptionally() && c.isCompletedExceptionally());
  }

  public void testWhatWaitsWhenTheSearchHasEndedIsNotComputed() {
    places = 1;
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    SearchUses uses = new SearchUses();
    CompletableFuture<String> bad;
    try (ThreadContext.StoredContext ignored = uses.begin(context)) {
      bad = ask("bad");
      for (int i = 0; i < 20_000; i++) { // as many calls within calls are too many
        waiting.add(ask("clause " + i));
      }
    }
    bad.whenComplete((value, fault) -> uses.close());
    asked.clear();
    running.remove("bad").completeExceptionally(new IllegalArgumentException("bad"));
    assertEquals(List.of(), asked);
    for (CompletableFuture<String> one : waiting) {
      assertTrue(one.isCompletedExceptionally());
      assertTrue(one.exceptionNow() instanceof TaskCancelledException);
    }
  }

  public void testManyTurnsMayEndAtOnce() {
    places = 1;
    CompletableFuture<String> a = ask("a");
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      waiting.add(ask("clause " + i));
    }
    places = 0;
    complete("a");
    assertEquals("a", a.join());
    assertTrue(waiting.stream().allMatch(CompletableFuture::isCompletedExceptionally));
  }

  public void testAFaultThatIsNoFullQueueIsAnsweredAtOnceAndTheOthersGoOn() {
    places = 1;
    CompletableFuture<String> a = ask("a");
    CompletableFuture<String> b = ask("b");
    running.remove("a").completeExceptionally(new IllegalArgumentException("bad"));
    assertTrue(a.isCompletedExceptionally());
    complete("b");
    assertEquals("b", b.join());
    CompletableFuture<String> thrown =
        turns.ask(
            context,
            () -> {
              throw new IllegalStateException("the search was cancelled");
            });
    assertTrue(thrown.isCompletedExceptionally());
  }
}
