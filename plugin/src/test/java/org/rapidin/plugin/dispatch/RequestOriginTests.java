package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.After;
import org.junit.Before;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskId;
import org.opensearch.test.OpenSearchTestCase;
import org.opensearch.threadpool.TestThreadPool;
import org.opensearch.threadpool.ThreadPool;

/** A wait ends once: with its answer or at the deadline of the request. */
public class RequestOriginTests extends OpenSearchTestCase {
  private final List<String> late = new ArrayList<>();
  private final CompletableFuture<String> answer = new CompletableFuture<>();
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
    try (ThreadContext.StoredContext _ =
        RequestOrigin.startingNow(TaskId.EMPTY_TASK_ID, timeout)
            .bind(threadPool.getThreadContext())) {
      return RequestOrigin.untilDeadline(
          threadPool,
          "too late",
          ActionListener.wrap(answer::complete, answer::completeExceptionally),
          late::add);
    }
  }

  public void testTheDeadlineEndsTheWaitAndALateAnswerIsGivenBack() {
    ActionListener<String> listener = waiting(TimeValue.timeValueMillis(20));
    Throwable fault =
        expectThrows(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS)).getCause();
    assertTrue(GradientFaults.isTimeout(fault));
    assertEquals("too late", fault.getMessage());
    listener.onResponse("an artefact");
    assertEquals(List.of("an artefact"), late);
  }

  public void testAnAnswerInTimeIsTheAnswer() throws Exception {
    waiting(TimeValue.timeValueMinutes(1)).onResponse("in time");
    assertEquals("in time", answer.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(), late);
  }

  public void testWithoutADeadlineNothingEndsTheWait() throws Exception {
    waiting(null).onResponse("at any time");
    assertEquals("at any time", answer.get(10, TimeUnit.SECONDS));
  }
}
