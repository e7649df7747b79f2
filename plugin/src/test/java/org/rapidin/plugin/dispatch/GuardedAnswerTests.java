package org.rapidin.plugin.dispatch;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.After;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** An answer ends once, in the caller's context, and stops what is still running. */
public class GuardedAnswerTests extends OpenSearchTestCase {
  private final AtomicInteger ended = new AtomicInteger();
  private final CompletableFuture<String> work = new CompletableFuture<>();
  private ThreadPool threadPool;

  @Before
  public void startThreads() {
    threadPool = new TestThreadPool(getTestName());
  }

  @After
  public void stopThreads() {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
  }

  private GuardedAnswer<String> answer(RequestOrigin origin) {
    GuardedAnswer<String> answer = new GuardedAnswer<>(threadPool, origin);
    answer.onEnd(ended::incrementAndGet);
    return answer;
  }

  private static GradientTask task() {
    return new GradientTask(1, "transport", "a", "d", TaskId.EMPTY_TASK_ID, Map.of());
  }

  private static Throwable fault(CompletableFuture<?> future) {
    return expectThrows(ExecutionException.class, () -> future.get(10, TimeUnit.SECONDS))
        .getCause();
  }

  public void testTheCallerContinuesInItsContextAndNotOnTheModelsThread() throws Exception {
    ThreadContext context = threadPool.getThreadContext();
    GuardedAnswer<String> answer;
    CompletableFuture<String> seen;
    try (ThreadContext.StoredContext ignored = context.stashContext()) {
      context.putHeader("user", "ada");
      answer = answer(RequestOrigin.NONE);
      seen =
          answer
              .future()
              .thenApply(
                  value -> value + context.getHeader("user") + Thread.currentThread().getName());
      answer.complete(work);
    }
    Thread model = new Thread(() -> work.complete("v"), "the-models-thread");
    model.start();
    model.join();
    String where = seen.get(10, TimeUnit.SECONDS);
    assertTrue(where, where.startsWith("vada"));
    assertTrue(where, where.contains("[generic]"));
    assertNull(context.getHeader("user"));
    assertEquals(1, ended.get());
  }

  public void testTheDeadlineEndsTheAnswerAndTheWork() {
    GuardedAnswer<String> answer =
        answer(RequestOrigin.ofShard(null, TimeValue.timeValueMillis(20)));
    answer.complete(work);
    Throwable fault = fault(answer.future());
    assertTrue(GradientFaults.isTimeout(fault));
    assertEquals(RestStatus.SERVICE_UNAVAILABLE, ExceptionsHelper.status((Exception) fault));
    assertTrue(work.isCancelled());
    assertEquals(1, ended.get());
  }

  public void testACancelledTaskEndsTheAnswerAndTheWork() {
    GuardedAnswer<String> answer = answer(RequestOrigin.NONE);
    GradientTask task = task();
    answer.endWith(task);
    answer.complete(work);
    task.cancel("by the user");
    assertEquals(
        "task cancelled [by the user]",
        ((TaskCancelledException) fault(answer.future())).getMessage());
    assertTrue(work.isCancelled());
    assertEquals(1, ended.get());
  }

  public void testACancelledAnswerStopsTheWork() {
    GuardedAnswer<String> answer = answer(RequestOrigin.NONE);
    answer.complete(work);
    answer.future().cancel(true);
    assertTrue(work.isCancelled());
    assertEquals(1, ended.get());
  }

  public void testWorkThatComesAfterTheEndIsStopped() {
    GuardedAnswer<String> answer = answer(RequestOrigin.NONE);
    GradientTask task = task();
    task.cancel("early");
    answer.endWith(task);
    answer.complete(work);
    assertTrue(work.isCancelled());
    assertEquals(1, ended.get());
  }
}
