package org.rapidin.attribution.service;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Requests waiting for a few daemon threads, which start with the first request and go when idle.
 * Safe for many threads.
 */
final class GradientQueue {
  /** A batch in native code cannot be interrupted; longer than this it is left to itself. */
  private static final long CLOSE_SECONDS = 60;

  private final Admission admission;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger threadNumber = new AtomicInteger();
  private final LongAdder busyNanos = new LongAdder();
  private volatile boolean closed;

  GradientQueue(GradientLimits limits) {
    this.admission = new Admission(limits);
    this.threads =
        new ThreadPoolExecutor(
            limits.threads(),
            limits.threads(),
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(), // bounded by the admission
            this::newThread);
    this.threads.allowCoreThreadTimeOut(true);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "rapidin-gradient-" + threadNumber.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Puts a request in.
   *
   * @param bytes that it will take
   * @param work asks now and then whether anybody still waits for it
   * @return completes on the thread that did the work; fails with {@link
   *     RejectedExecutionException} if there is no room or the queue is closed
   */
  <T> CompletionStage<T> submit(long bytes, Function<BooleanSupplier, T> work) {
    try {
      admission.enter(bytes);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
    Request<T> request = new Request<>(bytes, work);
    try {
      threads.execute(request);
    } catch (RejectedExecutionException e) { // closed
      request.reject();
    }
    return request.answer;
  }

  /** Requests that wait or run now. */
  int waiting() {
    return admission.requests();
  }

  /** Requests that found no room. */
  long rejected() {
    return admission.rejected();
  }

  /** Time that threads spent on requests. */
  long busyNanos() {
    return busyNanos.sum();
  }

  /** One request on its way. */
  private final class Request<T> implements Runnable {
    private final long bytes;
    private final Function<BooleanSupplier, T> work;
    private final CompletableFuture<T> answer = new CompletableFuture<>();

    Request(long bytes, Function<BooleanSupplier, T> work) {
      this.bytes = bytes;
      this.work = work;
    }

    @Override
    public void run() {
      long start = System.nanoTime();
      try {
        T value = answer.isDone() ? null : work.apply(() -> closed || answer.isDone());
        leave(start);
        answer.complete(value);
      } catch (Throwable e) { // an Error too: whoever waits must hear of it
        leave(start);
        answer.completeExceptionally(closed ? shutDown() : e);
      }
    }

    /** Leaves before the answer is out, so that who hears it finds room. */
    private void leave(long start) {
      busyNanos.add(System.nanoTime() - start);
      admission.leave(bytes);
    }

    private void reject() {
      admission.leave(bytes);
      answer.completeExceptionally(shutDown());
    }
  }

  private static RejectedExecutionException shutDown() {
    return new RejectedExecutionException("this node is shutting down, it computes no gradients");
  }

  /**
   * Fails what waits and lets running batches end. A second call does nothing.
   *
   * @return whether all threads are done
   */
  boolean close() {
    closed = true;
    threads.shutdownNow().forEach(waiting -> ((Request<?>) waiting).reject());
    try {
      return threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
