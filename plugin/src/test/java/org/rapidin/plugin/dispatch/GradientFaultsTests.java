package org.rapidin.plugin.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.rest.RestStatus;

class GradientFaultsTests {
  private final LinkedBlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();
  private final Thread.UncaughtExceptionHandler before =
      Thread.getDefaultUncaughtExceptionHandler();

  /** OpenSearch's own handler ends the node. */
  @BeforeEach
  void listen() {
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> uncaught.add(error));
  }

  @AfterEach
  void stopListening() {
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  @Test
  void findingsRowA11AnErrorOfTheProcessReachesTheHandlerThatEndsTheNode() throws Exception {
    for (Error error : new Error[] {new OutOfMemoryError(), new StackOverflowError()}) {
      Exception answer = GradientFaults.asException(new CompletionException(error));
      assertEquals(RestStatus.INTERNAL_SERVER_ERROR, ExceptionsHelper.status(answer));
      assertSame(error, answer.getCause());
      assertSame(error, uncaught.poll(5, TimeUnit.SECONDS));
    }
  }

  @Test
  void findingsRowA11ALinkageErrorFailsItsRequestAlone() throws Exception {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError("undefined symbol");
    Exception answer = GradientFaults.asException(new CompletionException(error));
    assertEquals(RestStatus.INTERNAL_SERVER_ERROR, ExceptionsHelper.status(answer));
    assertSame(error, answer.getCause());
    assertEquals(null, uncaught.poll(100, TimeUnit.MILLISECONDS));
  }
}
