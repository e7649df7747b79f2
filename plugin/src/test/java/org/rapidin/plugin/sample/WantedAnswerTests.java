package org.rapidin.plugin.sample;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchTimeoutException;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.core.tasks.TaskCancelledException;

class WantedAnswerTests {

  @Test
  void anAnswerThatNeverComesIsWaitedForUntilTheTaskIsCancelled() {
    AtomicInteger checks = new AtomicInteger();
    assertThrows(
        TaskCancelledException.class,
        () ->
            WantedAnswer.await(
                new PlainActionFuture<String>(),
                () -> {
                  if (checks.incrementAndGet() == 3) {
                    throw new TaskCancelledException("cancelled");
                  }
                }));
    assertEquals(3, checks.get());
  }

  @Test
  void anAnswerThatComesLateIsReturned() {
    PlainActionFuture<String> answer = new PlainActionFuture<>();
    assertEquals("here", WantedAnswer.await(answer, () -> answer.onResponse("here")));
  }

  /** The timeout of another node is not that of the wait. */
  @Test
  void aFaultIsTheFaultOfTheWaitEvenIfItIsATimeout() {
    PlainActionFuture<String> answer = new PlainActionFuture<>();
    OpenSearchTimeoutException fault = new OpenSearchTimeoutException("of another node");
    answer.onFailure(fault);
    assertSame(
        fault,
        assertThrows(OpenSearchTimeoutException.class, () -> WantedAnswer.await(answer, () -> {})));
  }
}
