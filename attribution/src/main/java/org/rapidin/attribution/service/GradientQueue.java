package org.rapidin.attribution.service;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A bounded number of requests, whose jobs a few daemon threads run one by one. A free thread takes
 * the next job of the first {@link Lane} that has one, and within a lane of the oldest request, so
 * a query waits for at most one running job per thread. Threads start with the first request and
 * end when idle. Safe for many threads.
 */
final class GradientQueue {
  /** A pass in native code cannot be interrupted; after this time it is left running. */
  private static final long CLOSE_SECONDS = 60;

  private final GradientLimits limits;
  private final ThreadPoolExecutor threads;
  private final AtomicInteger threadNumber = new AtomicInteger();
  private final AtomicLong requestNumber = new AtomicLong();
  private final LongAdder busyNanos = new LongAdder();
  private final LongAdder rejected = new LongAdder();
  private final Map<String, Integer> requestsOfUsers = new HashMap<>();
  private int requests;
  private long bytes;
  private volatile boolean closed;

  GradientQueue(GradientLimits limits) {
    this.limits = limits;
    this.threads =
        new ThreadPoolExecutor(
            limits.threads(),
            limits.threads(),
            1,
            TimeUnit.MINUTES,
            new PriorityBlockingQueue<>(), // bounded by enter()
            this::newThread);
    this.threads.allowCoreThreadTimeOut(true);
  }

  private Thread newThread(Runnable work) {
    Thread thread = new Thread(work, "rapidin-gradient-" + threadNumber.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Admits a request, which has no jobs yet.
   *
   * @throws RejectedExecutionException if there are too many requests for the lane or of the user,
   *     or too many bytes next to those of other requests, or the queue is closed
   */
  <T> GradientRequest<T> open(Place place) {
    enter(place);
    return new GradientRequest<>(this, place, requestNumber.getAndIncrement());
  }

  private synchronized void enter(Place place) {
    if (closed) {
      throw shutDown();
    }
    requireRoom(place.lane(), place.bytes());
    place.user().ifPresent(this::requireShare);
    requests++;
    bytes += place.bytes();
    place.user().ifPresent(user -> requestsOfUsers.merge(user, 1, Integer::sum));
  }

  private void requireRoom(Lane lane, long requestBytes) {
    boolean tooMany = requests >= limits.requests(lane);
    boolean tooLarge = requests > 0 && bytes + requestBytes > limits.bytes(lane);
    if (tooMany || tooLarge) {
      throw rejected(
          "the gradient queue is full: %s requests of at most %s, %s bytes of at most %s%s; try again later"
              .formatted(
                  requests,
                  limits.requests(lane),
                  bytes,
                  limits.bytes(lane),
                  tooLarge ? ", this request needs " + requestBytes : ""));
    }
  }

  private void requireShare(String user) {
    int has = requestsOfUsers.getOrDefault(user, 0);
    if (has >= limits.requestsOfUser()) {
      throw rejected(
          "user [%s] has %s requests in the gradient queue of at most %s for one user, half of the queue; try again when one of them has ended"
              .formatted(user, has, limits.requestsOfUser()));
    }
  }

  private RejectedExecutionException rejected(String message) {
    rejected.increment();
    return new RejectedExecutionException(message);
  }

  /** Ends what {@link #open} admitted. */
  synchronized void leave(Place place) {
    requests--;
    bytes -= place.bytes();
    place
        .user()
        .ifPresent(user -> requestsOfUsers.computeIfPresent(user, (u, n) -> n == 1 ? null : n - 1));
  }

  /**
   * Queues a job.
   *
   * @throws RejectedExecutionException if the queue is closed
   */
  void execute(GradientRequest<?>.Job job) {
    threads.execute(job);
  }

  /** Removes a job that has not started; returns whether it was waiting. */
  boolean remove(GradientRequest<?>.Job job) {
    return threads.getQueue().remove(job);
  }

  void addBusyNanos(long nanos) {
    busyNanos.add(nanos);
  }

  /** Requests that wait or run now. */
  synchronized int waiting() {
    return requests;
  }

  /** Requests that were refused because the queue was full, or the user's share of it. */
  long rejected() {
    return rejected.sum();
  }

  /** Time that threads spent on jobs. */
  long busyNanos() {
    return busyNanos.sum();
  }

  boolean closed() {
    return closed;
  }

  static RejectedExecutionException shutDown() {
    return new RejectedExecutionException("this node is shutting down, it computes no gradients");
  }

  /**
   * Fails all requests and waits for running jobs. A second call does nothing.
   *
   * @return whether all threads have ended
   */
  boolean close() {
    synchronized (this) {
      closed = true;
    }
    threads.shutdownNow().forEach(job -> ((GradientRequest<?>.Job) job).discard());
    try {
      return threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
