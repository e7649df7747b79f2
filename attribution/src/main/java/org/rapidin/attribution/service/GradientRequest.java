package org.rapidin.attribution.service;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * One admitted request: jobs that run on the queue's threads, at several of them at a time, and an
 * answer that is complete when the last job has ended. The first job that fails, or a caller that
 * cancels the answer, ends the request: waiting jobs are dropped and running jobs are asked to
 * stop. Safe for many threads.
 *
 * @param <T> type of the answer
 */
final class GradientRequest<T> {
  private final GradientQueue queue;
  private final Place place;
  private final long number;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final AtomicReference<Throwable> fault = new AtomicReference<>();
  private final AtomicInteger unfinished = new AtomicInteger();
  private final Set<Job> waiting = ConcurrentHashMap.newKeySet();
  private volatile Supplier<T> result;

  GradientRequest(GradientQueue queue, Place place, long number) {
    this.queue = queue;
    this.place = place;
    this.number = number;
  }

  /**
   * Starts the request.
   *
   * @param work the first job; it may {@link #fork} more
   * @param result makes the answer when all jobs have ended
   * @return completes on the thread that ran the last job
   */
  CompletableFuture<T> start(Runnable work, Supplier<T> result) {
    this.result = result;
    fork(work);
    answer.whenComplete((value, cancelled) -> dropWaiting());
    return answer;
  }

  /** Adds a job; to be called from a running job of this request, or through {@link #start}. */
  void fork(Runnable work) {
    Job job = new Job(work);
    unfinished.incrementAndGet();
    waiting.add(job);
    try {
      queue.execute(job);
    } catch (RejectedExecutionException e) { // closed
      job.discard();
    }
  }

  /** Whether running jobs should stop: asked between the layers of a pass. */
  BooleanSupplier cancelled() {
    return () -> queue.closed() || fault.get() != null || answer.isDone();
  }

  private void dropWaiting() {
    for (Job job : waiting) {
      if (queue.remove(job)) {
        job.discard();
      }
    }
  }

  /**
   * The last job leaves the queue before it answers, so that the caller can queue again at once.
   */
  private void finish() {
    if (unfinished.decrementAndGet() > 0) {
      return;
    }
    queue.leave(place);
    Throwable failed = fault.get();
    if (queue.closed()) {
      answer.completeExceptionally(GradientQueue.shutDown());
    } else if (failed != null) {
      answer.completeExceptionally(failed);
    } else if (!answer.isDone()) {
      complete();
    }
  }

  private void complete() {
    try {
      answer.complete(result.get());
    } catch (Throwable e) { // an Error too: the caller waits for the answer
      answer.completeExceptionally(e);
    }
  }

  /** One piece of the work. Ordered as the queue takes them. */
  final class Job implements Runnable, Comparable<GradientRequest<?>.Job> {
    private final Runnable work;

    private Job(Runnable work) {
      this.work = work;
    }

    private Lane lane() {
      return place.lane();
    }

    private long number() {
      return number;
    }

    @Override
    public int compareTo(GradientRequest<?>.Job other) {
      int byLane = lane().compareTo(other.lane());
      return byLane != 0 ? byLane : Long.compare(number, other.number());
    }

    @Override
    public void run() {
      waiting.remove(this);
      long start = System.nanoTime();
      try {
        if (!cancelled().getAsBoolean()) {
          work.run();
        }
      } catch (Throwable e) { // an Error too: the caller waits for the answer
        if (fault.compareAndSet(null, e)) {
          dropWaiting();
        }
      } finally {
        queue.addBusyNanos(System.nanoTime() - start);
        finish();
      }
    }

    /** Ends a job that does not run. */
    void discard() {
      waiting.remove(this);
      finish();
    }
  }
}
