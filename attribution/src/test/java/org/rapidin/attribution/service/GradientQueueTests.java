package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GradientQueueTests {
  private final CountDownLatch gate = new CountDownLatch(1);
  private final List<String> ran = Collections.synchronizedList(new ArrayList<>());
  private GradientQueue queue = new GradientQueue(new GradientLimits(1, 10, 1000));

  @AfterEach
  void close() {
    gate.countDown();
    queue.close();
  }

  private CompletableFuture<String> hold() {
    return start(Lane.INGEST, "hold", this::awaitGate);
  }

  private void awaitGate() {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private CompletableFuture<String> start(Lane lane, String name, Runnable work) {
    GradientRequest<String> request = queue.open(new Place(lane, 10));
    return request.start(
        () -> {
          ran.add(name);
          work.run();
        },
        () -> name);
  }

  private CompletableFuture<String> start(Lane lane, String name) {
    return start(lane, name, () -> {});
  }

  private static <T> T await(CompletableFuture<T> answer) throws Exception {
    return answer.get(20, TimeUnit.SECONDS);
  }

  @Test
  void aQueryGoesBeforeDocumentsThatWaitedLonger() throws Exception {
    hold();
    List<CompletableFuture<String>> answers = new ArrayList<>();
    answers.add(start(Lane.INGEST, "old documents"));
    answers.add(start(Lane.INGEST, "new documents"));
    answers.add(start(Lane.QUERY, "query"));
    gate.countDown();
    for (CompletableFuture<String> answer : answers) {
      await(answer);
    }
    assertEquals(List.of("hold", "query", "old documents", "new documents"), ran);
  }

  @Test
  void aQueryGoesBetweenTheBatchesOfARequest() throws Exception {
    GradientRequest<String> documents = queue.open(new Place(Lane.INGEST, 10));
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<String> answer =
        documents.start(
            () -> {
              for (int i = 0; i < 5; i++) {
                String name = "batch " + i;
                documents.fork(() -> ran.add(name));
              }
              running.countDown();
              awaitGate();
            },
            () -> "documents");
    running.await();
    CompletableFuture<String> query = start(Lane.QUERY, "query");
    gate.countDown();
    assertEquals("query", await(query));
    assertEquals("documents", await(answer));
    assertEquals("query", ran.getFirst());
    assertEquals(6, ran.size());
  }

  @Test
  void jobsOfOneRequestRunOnAllThreads() throws Exception {
    queue.close();
    queue = new GradientQueue(new GradientLimits(2, 10, 1000));
    CyclicBarrier both = new CyclicBarrier(2);
    GradientRequest<String> request = queue.open(new Place(Lane.INGEST, 10));
    Runnable meet =
        () -> {
          try {
            both.await(20, TimeUnit.SECONDS);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        };
    assertEquals(
        "met",
        await(
            request.start(
                () -> {
                  request.fork(meet);
                  request.fork(meet);
                },
                () -> "met")));
    assertEquals(0, queue.waiting());
  }

  @Test
  void cancellingAWaitingRequestMakesRoomAtOnce() {
    hold();
    List<CompletableFuture<String>> waiting = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      waiting.add(start(Lane.QUERY, "waiting"));
    }
    assertThrows(RejectedExecutionException.class, () -> start(Lane.QUERY, "one too many"));
    assertEquals(1, queue.rejected());
    waiting.forEach(answer -> answer.cancel(true));
    assertEquals(1, queue.waiting());
    start(Lane.QUERY, "query");
  }

  @Test
  void documentsLeaveATenthOfTheRequestsToQueries() throws Exception {
    queue.close();
    queue = new GradientQueue(new GradientLimits(1, 20, 1000));
    hold();
    for (int i = 1; i < 17; i++) {
      start(Lane.INGEST, "documents");
    }
    CompletableFuture<String> documents = start(Lane.INGEST, "the last documents");
    assertThrows(RejectedExecutionException.class, () -> start(Lane.INGEST, "too many"));
    List<CompletableFuture<String>> queries =
        List.of(start(Lane.QUERY, "first query"), start(Lane.QUERY, "second query"));
    assertThrows(RejectedExecutionException.class, () -> start(Lane.QUERY, "too many"));
    gate.countDown();
    for (CompletableFuture<String> query : queries) {
      await(query);
    }
    await(documents);
    assertEquals(List.of("hold", "first query", "second query"), ran.subList(0, 3));
  }

  @Test
  void documentsLeaveATenthOfTheBytesToQueries() {
    hold();
    queue.open(new Place(Lane.INGEST, 890));
    assertThrows(RejectedExecutionException.class, () -> start(Lane.INGEST, "too large"));
    queue.open(new Place(Lane.QUERY, 100));
    assertThrows(RejectedExecutionException.class, () -> start(Lane.QUERY, "too large"));
  }

  @Test
  void oneUserTakesHalfOfTheQueueAndLeavesTheRestToOthers() throws Exception {
    hold();
    List<CompletableFuture<String>> ofOne = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ofOne.add(ask("one", "one"));
    }
    RejectedExecutionException refused =
        assertThrows(RejectedExecutionException.class, () -> ask("one", "too many"));
    assertEquals(
        "user [one] has 5 requests in the gradient queue of at most 5 for one user, half of the queue; try again when one of them has ended",
        refused.getMessage());
    assertEquals(1, queue.rejected());
    CompletableFuture<String> other = ask("other", "other");
    CompletableFuture<String> nobody = start(Lane.QUERY, "nobody");
    ofOne.getFirst().cancel(true); // its place is free again
    CompletableFuture<String> later = ask("one", "later");
    assertThrows(RejectedExecutionException.class, () -> ask("one", "too many"));
    gate.countDown();
    for (CompletableFuture<String> answer : List.of(ofOne.getLast(), other, nobody, later)) {
      await(answer);
    }
    for (int i = 0; i < 7; i++) {
      await(ask("one", "one after the other"));
    }
  }

  private CompletableFuture<String> ask(String user, String name) {
    GradientRequest<String> request = queue.open(new Place(Lane.QUERY, 10, Optional.of(user)));
    return request.start(() -> ran.add(name), () -> name);
  }

  @Test
  void aQueueOfOneRequestTakesDocumentsToo() throws Exception {
    queue.close();
    queue = new GradientQueue(new GradientLimits(1, 1, 1000));
    assertEquals("documents", await(start(Lane.INGEST, "documents")));
  }

  @Test
  void cancellingARunningRequestTellsItsJob() throws Exception {
    GradientRequest<String> request = queue.open(new Place(Lane.QUERY, 10));
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<Long> stopped = new CompletableFuture<>();
    CompletableFuture<String> answer =
        request.start(
            () -> {
              running.countDown();
              while (!request.cancelled().getAsBoolean()) {
                Thread.onSpinWait();
              }
              stopped.complete(System.nanoTime());
            },
            () -> "never");
    running.await();
    long start = System.nanoTime();
    answer.cancel(true);
    assertTrue(await(stopped) - start < TimeUnit.MILLISECONDS.toNanos(100));
    await(start(Lane.QUERY, "next"));
    assertEquals(0, queue.waiting());
  }

  @Test
  void aFailedJobEndsTheOthersOfItsRequest() throws Exception {
    GradientRequest<String> request = queue.open(new Place(Lane.INGEST, 10));
    AtomicBoolean others = new AtomicBoolean();
    CompletableFuture<String> answer =
        request.start(
            () -> {
              for (int i = 0; i < 3; i++) {
                request.fork(() -> others.set(true));
              }
              throw new IllegalArgumentException("bad");
            },
            () -> "never");
    ExecutionException fault = assertThrows(ExecutionException.class, () -> await(answer));
    assertEquals(
        "bad", assertInstanceOf(IllegalArgumentException.class, fault.getCause()).getMessage());
    assertEquals("next", await(start(Lane.INGEST, "next")));
    assertEquals(false, others.get());
    assertEquals(0, queue.waiting());
  }

  @Test
  void anErrorReachesTheCallerAndTheThreadLives() throws Exception {
    Error error = new StackOverflowError();
    CompletableFuture<String> answer =
        start(
            Lane.QUERY,
            "error",
            () -> {
              throw error;
            });
    ExecutionException fault = assertThrows(ExecutionException.class, () -> await(answer));
    assertSame(error, fault.getCause());
    assertEquals("next", await(start(Lane.QUERY, "next")));
  }
}
