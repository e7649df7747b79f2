package org.rapidin.plugin.scan;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.SizeValue;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.threadpool.ThreadPool;
import org.rapidin.plugin.scan.ScanTicket.State;

/**
 * The permits of a node to scan a shard, given in the order in which they were asked for. Nothing
 * here blocks. Safe for many threads.
 */
public final class ScanPermits implements Releasable {
  /**
   * {@code plugins.rapidin.scan.threads}: shards that are scanned at the same time. A scan of one
   * segment fills a core, and other searches need some.
   */
  public static final Setting<Integer> THREADS =
      new Setting<>(
          "plugins.rapidin.scan.threads",
          settings -> Integer.toString(defaultThreads(settings)),
          value -> Setting.parseInt(value, 1, "plugins.rapidin.scan.threads"),
          Property.NodeScope);

  // A cancelled request must end within 100 ms.
  private static final TimeValue SWEEP = TimeValue.timeValueMillis(50);

  private final ThreadPool threadPool;
  private final int permits;
  private final int maxWaiting;
  private final LongFunction<Releasable> reserve;
  // All below, and the state of tickets, is guarded by this.
  private final SequencedSet<ScanTicket> waiting = new LinkedHashSet<>();
  private int running;
  private long waitedNanos;
  private boolean sweeping;
  private boolean closed;

  /**
   * @param permits at least 1
   * @param maxWaiting requests that may wait; more are rejected
   * @param reserve reserves bytes for products of requests that wait
   */
  ScanPermits(
      ThreadPool threadPool, int permits, int maxWaiting, LongFunction<Releasable> reserve) {
    this.threadPool = threadPool;
    this.permits = permits;
    this.maxWaiting = maxWaiting;
    this.reserve = reserve;
  }

  /**
   * Creates the permits of a node: as many as the setting says, but fewer than the search pool has
   * threads. As many requests may wait for them as for a thread of that pool.
   *
   * @param reserve reserves bytes on a breaker until closed; throws if there is no room
   */
  public static ScanPermits of(
      Settings settings, ThreadPool threadPool, LongFunction<Releasable> reserve) {
    ThreadPool.Info search = threadPool.info(ThreadPool.Names.SEARCH);
    SizeValue queue = search.getQueueSize();
    return new ScanPermits(
        threadPool,
        Math.max(1, Math.min(THREADS.get(settings), search.getMax() - 1)),
        queue == null ? Integer.MAX_VALUE : Math.toIntExact(queue.singles()),
        reserve);
  }

  private static int defaultThreads(Settings settings) {
    return Math.max(1, OpenSearchExecutors.allocatedProcessors(settings) / 2);
  }

  ThreadContext threadContext() {
    return threadPool.getThreadContext();
  }

  /** What runs and waits now. */
  public synchronized ScanStats stats() {
    return new ScanStats(running, waiting.size(), TimeUnit.NANOSECONDS.toMillis(waitedNanos));
  }

  synchronized boolean holds(ScanTicket ticket) {
    return ticket.state == State.HELD;
  }

  Releasable reserve(long bytes) {
    return reserve.apply(bytes);
  }

  /** The products that tickets wait for whose rows the holder of a permit scans. */
  synchronized List<SharedProducts> companions(ScanTicket holder) {
    return holder.state != State.HELD
        ? List.of()
        : waiting.stream()
            .map(ScanTicket::shared)
            .filter(shared -> shared != null && shared.isOfSameRows(holder.shared()))
            .toList();
  }

  /** Calls the listener when the ticket has a permit or its wait has ended. */
  void acquire(ScanTicket ticket, ActionListener<Boolean> listener) {
    if (!waits(ticket, listener)) {
      answer(ticket, listener);
    }
  }

  private synchronized boolean waits(ScanTicket ticket, ActionListener<Boolean> listener) {
    if (ticket.state == State.NEW && !closed) {
      claim(ticket);
    }
    if (ticket.state != State.WAITING) {
      return false;
    }
    ticket.listeners.add(
        ContextPreservingActionListener.wrapPreservingContext(listener, threadContext()));
    return true;
  }

  /** Gives a new ticket a permit or a place in the queue, or leaves it as it is. */
  private void claim(ScanTicket ticket) {
    if (running < permits) {
      running++;
      ticket.state = State.HELD;
    } else if (waiting.size() < maxWaiting) {
      ticket.state = State.WAITING;
      ticket.waitingSince = System.nanoTime();
      waiting.add(ticket);
      if (!sweeping) { // nothing else waits
        sweeping = true;
        scheduleSweep();
      }
    }
  }

  /** Ends the claim of a ticket whose request was answered. */
  void release(ScanTicket ticket) {
    List<ScanTicket> granted = new ArrayList<>();
    synchronized (this) {
      if (ticket.state == State.WAITING) {
        leave(ticket, State.CLOSED);
        ticket.listeners.clear();
      } else if (ticket.state == State.HELD) {
        running--;
      }
      ticket.state = State.CLOSED;
      while (running < permits && !waiting.isEmpty()) {
        running++;
        granted.add(leave(waiting.getFirst(), State.HELD));
      }
    }
    granted.forEach(this::wake);
  }

  private ScanTicket leave(ScanTicket ticket, State state) {
    waiting.remove(ticket);
    waitedNanos += System.nanoTime() - ticket.waitingSince;
    ticket.state = state;
    return ticket;
  }

  private void scheduleSweep() {
    try {
      threadPool.schedule(this::sweep, SWEEP, ThreadPool.Names.GENERIC);
    } catch (RejectedExecutionException shuttingDown) {
      close();
    }
  }

  /** Removes what no longer has to wait. */
  private void sweep() {
    List<ScanTicket> ended = new ArrayList<>();
    boolean again;
    synchronized (this) {
      long now = System.nanoTime();
      for (ScanTicket ticket : List.copyOf(waiting)) {
        if (ticket.isCancelled()) {
          ended.add(leave(ticket, State.CANCELLED));
        } else if (ticket.isExpired(now)) {
          ended.add(leave(ticket, State.EXPIRED));
        }
      }
      again = !waiting.isEmpty();
      sweeping = again;
    }
    ended.forEach(this::wake);
    if (again) {
      scheduleSweep();
    }
  }

  /** Calls the listeners of a ticket that no longer waits, so that no more are added. */
  private void wake(ScanTicket ticket) {
    Runnable answers = () -> ticket.listeners.forEach(listener -> answer(ticket, listener));
    try {
      threadPool.generic().execute(answers);
    } catch (RejectedExecutionException shuttingDown) {
      close();
      answers.run();
    }
  }

  private void answer(ScanTicket ticket, ActionListener<Boolean> listener) {
    State state;
    synchronized (this) {
      state = ticket.state;
    }
    switch (state) {
      case HELD -> listener.onResponse(true);
      case EXPIRED -> listener.onResponse(false);
      case CANCELLED ->
          listener.onFailure(new TaskCancelledException("cancelled while waiting for a scan"));
      case NEW, WAITING, CLOSED -> listener.onFailure(rejection());
    }
  }

  private synchronized Exception rejection() {
    return new OpenSearchRejectedExecutionException(
        closed
            ? "the node does not scan any more"
            : "%s influence queries wait for the %s scans that this node runs at the same time"
                .formatted(waiting.size(), permits),
        closed);
  }

  /** Fails what waits now or later. */
  @Override
  public void close() {
    List<ScanTicket> ended = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (ScanTicket ticket : List.copyOf(waiting)) {
        ended.add(leave(ticket, State.CLOSED));
      }
    }
    ended.forEach(this::wake);
  }
}
