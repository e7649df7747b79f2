package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.GradientResult;

/** Requests that wait in a service: limits, cancelling, errors of the worker, closing. */
class WaitingRequestsTests extends GradientServiceTestCase {

  @Test
  void fullQueueRejectsWithoutBlocking() throws Exception {
    List<CompletionStage<?>> accepted = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      accepted.add(documents(samples(1)));
    }
    RejectedExecutionException e = fault(RejectedExecutionException.class, documents(samples(1)));
    assertTrue(e.getMessage().startsWith("the gradient queue is full: 3 requests of at most"));
    assertEquals(3, service.stats().waiting());
    assertEquals(1, service.stats().rejected());
    gate.countDown();
    for (CompletionStage<?> stage : accepted) {
      await(stage);
    }
    assertEquals("rapidin-gradient-1", worker.get());
    await(documents(samples(1)));
  }

  @Test
  void bytesAreBoundedButOneLargeRequestIsTaken() throws Exception {
    CompletionStage<List<GradientResult>> large = documents(samples(20));
    RejectedExecutionException e = fault(RejectedExecutionException.class, documents(samples(1)));
    assertTrue(e.getMessage().contains("bytes of at most 40960"), e.getMessage());
    gate.countDown();
    assertEquals(20, await(large).size());
  }

  @Test
  void cancelledRequestsAreNotComputed() throws Exception {
    CompletionStage<?> running = documents(samples(1));
    CompletionStage<?> waiting = documents(samples(1));
    waiting.toCompletableFuture().cancel(true);
    running.toCompletableFuture().cancel(true);
    gate.countDown();
    await(documents(samples(1)));
    assertEquals(1, service.stats().documents());
    assertEquals(0, service.stats().waiting());
  }

  /** The worker would otherwise end, and the caller would wait forever. */
  @Test
  void findingsRowA11AnErrorAnswersItsRequestAndTheWorkerTakesTheNext() throws Exception {
    UnsatisfiedLinkError error = new UnsatisfiedLinkError("no libtorch");
    startError.set(error);
    gate.countDown();
    assertSame(error, fault(UnsatisfiedLinkError.class, documents(samples(1))));
    assertEquals(1, service.stats().failures());
    assertEquals(0, service.stats().waiting());
    assertEquals(0, service.nativeStats().usage().reservedBytes());
    startError.set(null);
    await(documents(samples(20))); // as many bytes as the queue takes
    assertEquals("rapidin-gradient-1", worker.get());
  }

  @Test
  void closingFailsWhatWaits() throws Exception {
    CompletionStage<?> running = documents(samples(1));
    CompletionStage<?> waiting = documents(samples(1));
    Thread closer = Thread.startVirtualThread(service::close);
    fault(RejectedExecutionException.class, waiting);
    fault(RejectedExecutionException.class, running);
    closer.join();
    service.close();
    fault(RejectedExecutionException.class, documents(samples(1)));
    assertEquals(List.of(), service.stats().models());
    assertEquals(0, service.stats().waiting());
  }

  /** Fails after the timeout where a caller computes or waits: the gate is opened afterwards. */
  @Test
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void callersNeverWait() {
    CompletionStage<?> stage = documents(samples(1));
    assertThrows(
        TimeoutException.class, () -> stage.toCompletableFuture().get(1, TimeUnit.MILLISECONDS));
    assertFalse(stage.toCompletableFuture().isDone());
  }
}
