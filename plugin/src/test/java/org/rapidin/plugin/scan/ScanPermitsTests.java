package org.rapidin.plugin.scan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.After;
import org.junit.Before;
import org.opensearch.action.search.SearchShardTask;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** Permits are given in order, never more than there are, and all come back. */
public class ScanPermitsTests extends OpenSearchTestCase {
  private ThreadPool threadPool;

  @Before
  public void startThreads() {
    threadPool = new TestThreadPool(getTestName());
  }

  @After
  public void stopThreads() {
    terminate(threadPool);
  }

  public void testThePermitIsPassedOnInTheOrderOfAsking() throws Exception {
    ScanPermits permits = permits(1, 100);
    ScanTicket holder = ticket(permits);
    assertTrue(ask(holder).get());
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 20; i++) {
      int number = i;
      ScanTicket ticket = ticket(permits);
      ticket.acquire(
          ActionListener.wrap(
              granted -> {
                order.add(number);
                ticket.close();
              },
              fault -> {}));
    }
    holder.close();
    assertBusy(() -> assertEquals(IntStream.range(0, 20).boxed().toList(), order));
    assertEquals(0, permits.stats().running());
  }

  public void testARequestHasOnePermitHoweverOftenItAsks() throws Exception {
    ScanPermits permits = permits(2, 100);
    ScanTicket ticket = ticket(permits);
    assertTrue(ask(ticket).get());
    assertTrue(ask(ticket).get());
    assertEquals(1, permits.stats().running());
    ticket.close();
    ticket.close();
    assertEquals(0, permits.stats().running());
  }

  public void testAllClausesOfAWaitingRequestAreAnswered() throws Exception {
    ScanPermits permits = permits(1, 100);
    ScanTicket first = ticket(permits);
    assertTrue(ask(first).get());
    ScanTicket second = ticket(permits);
    List<PlainActionFuture<Boolean>> clauses = List.of(ask(second), ask(second), ask(second));
    assertEquals(new ScanStats(1, 1, 0), permits.stats());
    first.close();
    for (PlainActionFuture<Boolean> clause : clauses) {
      assertTrue(clause.get(10, TimeUnit.SECONDS));
    }
    assertEquals(1, permits.stats().running());
  }

  public void testAnswersComeInTheContextOfTheCaller() throws Exception {
    ScanPermits permits = permits(1, 100);
    ScanTicket first = ticket(permits);
    assertTrue(ask(first).get());
    ScanTicket second = ticket(permits);
    PlainActionFuture<Boolean> seen = new PlainActionFuture<>();
    ThreadContext context = threadPool.getThreadContext();
    try (ThreadContext.StoredContext caller = second.bind(context)) {
      second.acquire(
          ActionListener.map(seen, granted -> ScanTicket.bound(context).orElse(null) == second));
    }
    first.close();
    assertTrue(seen.get(10, TimeUnit.SECONDS));
  }

  public void testWhatARequestKeepsEndsWithItUnlessItIsHandedOver() {
    ScanTicket ticket = ticket(permits(1, 100));
    List<String> ended = new ArrayList<>();
    ticket.keep(() -> ended.add("of the reader context"));
    assertEquals(1, ticket.handOver().size());
    ticket.keep(() -> ended.add("of the request"));
    ticket.close();
    ticket.keep(() -> ended.add("late"));
    assertEquals(List.of("of the request", "late"), ended);
  }

  public void testACancelledRequestStopsWaiting() throws Exception {
    ScanPermits permits = permits(1, 100);
    ScanTicket first = ticket(permits);
    assertTrue(ask(first).get());
    SearchShardTask task =
        new SearchShardTask(1, "transport", "query", "", TaskId.EMPTY_TASK_ID, Map.of());
    PlainActionFuture<Boolean> waiting =
        ask(new ScanTicket(permits, task, OptionalLong.empty(), Optional.empty()));
    task.cancel("test");
    assertFailsWith(TaskCancelledException.class, waiting);
    assertEquals(0, permits.stats().waiting());
  }

  public void testARequestWhoseTimeIsOverStopsWaiting() throws Exception {
    ScanPermits permits = permits(1, 100);
    assertTrue(ask(ticket(permits)).get());
    ScanTicket late =
        new ScanTicket(
            permits, null, OptionalLong.of(System.nanoTime() + 1_000_000), Optional.empty());
    assertFalse(ask(late).get(10, TimeUnit.SECONDS));
    assertEquals(1, permits.stats().running());
    assertEquals(0, permits.stats().waiting());
  }

  public void testMoreThanMayWaitAreRejected() throws Exception {
    ScanPermits permits = permits(1, 1);
    ScanTicket first = ticket(permits);
    assertTrue(ask(first).get());
    PlainActionFuture<Boolean> second = ask(ticket(permits));
    assertFailsWith(OpenSearchRejectedExecutionException.class, ask(ticket(permits)));
    first.close();
    assertTrue(second.get(10, TimeUnit.SECONDS));
  }

  public void testClosingFailsWhatWaitsAndWhatComes() throws Exception {
    ScanPermits permits = permits(1, 100);
    assertTrue(ask(ticket(permits)).get());
    PlainActionFuture<Boolean> waiting = ask(ticket(permits));
    permits.close();
    assertFailsWith(OpenSearchRejectedExecutionException.class, waiting);
    assertFailsWith(OpenSearchRejectedExecutionException.class, ask(ticket(permits)));
  }

  public void testNoPermitIsLost() throws Exception {
    int limit = between(1, 4);
    ScanPermits permits = permits(limit, 1_000);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<PlainActionFuture<Void>> ends = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      PlainActionFuture<Void> end = new PlainActionFuture<>();
      ends.add(end);
      int kind = between(0, 3);
      SearchShardTask task =
          new SearchShardTask(i, "transport", "query", "", TaskId.EMPTY_TASK_ID, Map.of());
      ScanTicket ticket =
          new ScanTicket(
              permits,
              task,
              kind == 1 ? OptionalLong.of(System.nanoTime() + 1_000) : OptionalLong.empty(),
              Optional.empty());
      ticket.acquire(
          ActionListener.wrap(
              granted -> {
                most.accumulateAndGet(granted ? running.incrementAndGet() : 0, Math::max);
                threadPool
                    .executor(ThreadPool.Names.SEARCH_THROTTLED)
                    .execute(
                        () -> {
                          running.addAndGet(granted ? -1 : 0);
                          ticket.close();
                          end.onResponse(null);
                        });
              },
              fault -> {
                ticket.close();
                end.onResponse(null);
              }));
      if (kind == 2) {
        task.cancel("test");
      } else if (kind == 3 && permits.stats().waiting() > 0 && !permits.holds(ticket)) {
        ticket.close(); // answered while it waited: its listener may stay silent
        end.onResponse(null);
      }
    }
    for (PlainActionFuture<Void> end : ends) {
      end.get(30, TimeUnit.SECONDS);
    }
    assertBusy(
        () -> {
          assertEquals(0, permits.stats().running());
          assertEquals(0, permits.stats().waiting());
        });
    assertTrue(most.get() <= limit);
  }

  public void testFewerScansThanSearchThreads() {
    Settings settings = Settings.builder().put(ScanPermits.THREADS.getKey(), 1_000).build();
    ScanPermits permits = ScanPermits.of(settings, threadPool, bytes -> () -> {});
    int most = Math.max(1, threadPool.info(ThreadPool.Names.SEARCH).getMax() - 1);
    for (int i = 0; i < most + 3; i++) {
      ask(ticket(permits));
    }
    assertEquals(most, permits.stats().running());
    assertEquals(3, permits.stats().waiting());
  }

  private ScanPermits permits(int permits, int maxWaiting) {
    return new ScanPermits(threadPool, permits, maxWaiting, bytes -> () -> {});
  }

  private static ScanTicket ticket(ScanPermits permits) {
    return new ScanTicket(permits, null, OptionalLong.empty(), Optional.empty());
  }

  private static PlainActionFuture<Boolean> ask(ScanTicket ticket) {
    PlainActionFuture<Boolean> answer = new PlainActionFuture<>();
    ticket.acquire(answer);
    return answer;
  }

  private static void assertFailsWith(
      Class<? extends Exception> wanted, PlainActionFuture<Boolean> answer) {
    Exception fault =
        expectThrows(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS));
    assertEquals(wanted, fault.getCause().getClass());
  }
}
