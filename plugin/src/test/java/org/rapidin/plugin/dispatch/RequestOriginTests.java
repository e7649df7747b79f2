package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.opensearch.action.search.SearchShardTask;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** A wait ends once: with its answer, at the deadline of the request, or when that is cancelled. */
public class RequestOriginTests extends OpenSearchTestCase {
  private final List<String> late = new ArrayList<>();
  private final CompletableFuture<String> answer = new CompletableFuture<>();
  private final SearchShardTask task =
      new SearchShardTask(1, "transport", "query", "", TaskId.EMPTY_TASK_ID, Map.of());
  private ThreadPool threadPool;

  @Before
  public void startThreads() {
    threadPool = new TestThreadPool(getTestName());
  }

  @After
  public void stopThreads() {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
  }

  private ActionListener<String> waiting(TimeValue timeout) {
    return waiting(timeout, ActionListener.wrap(answer::complete, answer::completeExceptionally));
  }

  private ActionListener<String> waiting(TimeValue timeout, ActionListener<String> listener) {
    try (ThreadContext.StoredContext _ =
        RequestOrigin.ofShard(task, timeout).bind(threadPool.getThreadContext())) {
      return RequestOrigin.whileWanted(threadPool, "too late", listener, late::add);
    }
  }

  private Throwable fault() {
    return expectThrows(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS))
        .getCause();
  }

  public void testTheDeadlineEndsTheWaitAndALateAnswerIsGivenBack() {
    ActionListener<String> listener = waiting(TimeValue.timeValueMillis(20));
    Throwable fault = fault();
    assertTrue(GradientFaults.isTimeout(fault));
    assertEquals("too late", fault.getMessage());
    listener.onResponse("an artefact");
    assertEquals(List.of("an artefact"), late);
  }

  public void testACancelledTaskEndsTheWaitAndALateAnswerIsGivenBack() {
    ActionListener<String> listener =
        waiting(randomBoolean() ? null : TimeValue.timeValueMinutes(1));
    task.cancel("test");
    assertEquals(TaskCancelledException.class, fault().getClass());
    listener.onResponse("an artefact");
    assertEquals(List.of("an artefact"), late);
  }

  public void testAnAnswerInTimeIsTheAnswer() throws Exception {
    waiting(randomBoolean() ? null : TimeValue.timeValueMinutes(1)).onResponse("in time");
    assertEquals("in time", answer.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(), late);
  }

  public void testAFaultOfTheCallersOwnIsItsAnswer() {
    waiting(
            TimeValue.timeValueMinutes(1),
            ActionListener.wrap(
                any -> {
                  throw new IllegalArgumentException("not fitted to this field");
                },
                answer::completeExceptionally))
        .onResponse("an artefact");
    assertEquals("not fitted to this field", fault().getMessage());
  }

  public void testTheListenerIsCalledInTheContextOfTheCaller() throws Exception {
    ThreadContext context = threadPool.getThreadContext();
    context.putTransient("who", "the caller");
    waiting(
        TimeValue.timeValueMillis(20),
        ActionListener.wrap(
            any -> {}, fault -> answer.complete((String) context.getTransient("who"))));
    assertEquals("the caller", answer.get(10, TimeUnit.SECONDS));
  }
}
