package org.rapidin.plugin.dispatch;

import static org.junit.jupiter.api.Assertions.assertSame;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.opensearch.core.action.ActionListener;

/**
 * What a stage completes with reaches the listener, and what the listener dies of is not hidden.
 */
class StageListenersTests {
  private final UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();

  @AfterEach
  void restoreHandler() {
    Thread.setDefaultUncaughtExceptionHandler(before);
  }

  @Test
  void theCauseOfAFailedStageIsTold() {
    IllegalArgumentException fault = new IllegalArgumentException("no such attributor");
    CompletableFuture<Exception> heard = new CompletableFuture<>();
    CompletableFuture.<Integer>failedFuture(new CompletionException(fault))
        .whenComplete(
            StageListeners.of(
                ActionListener.wrap(
                    value -> heard.completeExceptionally(new AssertionError()), heard::complete)));
    assertSame(fault, heard.join());
  }

  /** A stage would swallow it, and the caller would wait forever. */
  @Test
  void anErrorOfTheListenerReachesTheUncaughtHandler() throws Exception {
    CompletableFuture<Throwable> died = new CompletableFuture<>();
    Thread.setDefaultUncaughtExceptionHandler((thread, error) -> died.complete(error));
    StackOverflowError error = new StackOverflowError("in what follows the gradient");
    CompletableFuture.completedFuture(1)
        .whenComplete(
            StageListeners.of(
                new ActionListener<>() {
                  @Override
                  public void onResponse(Integer value) {
                    throw error;
                  }

                  @Override
                  public void onFailure(Exception fault) {
                    died.completeExceptionally(fault);
                  }
                }));
    assertSame(error, died.get(5, TimeUnit.SECONDS));
  }
}
