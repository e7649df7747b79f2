package org.rapidin.plugin.guard;

import org.opensearch.action.ActionRunnable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.Transports;

/**
 * Keeps filters from reading documents and parsing mappings on the threads that serve connections,
 * because each of them serves many connections, which would all wait.
 *
 * @param threadPool whose threads take the work
 */
public record ConnectionThreads(ThreadPool threadPool) {

  /**
   * Runs work on a {@code write} thread if the current one serves connections, else at once.
   *
   * @param listener of the request; receives what the work throws, and 429 if the queue is full
   * @param work must complete the listener
   */
  void leave(ActionListener<?> listener, Runnable work) {
    leave(ThreadPool.Names.WRITE, listener, work);
  }

  /**
   * As {@link #leave(ActionListener, Runnable)}, on another thread pool.
   *
   * @param pool its name
   */
  void leave(String pool, ActionListener<?> listener, Runnable work) {
    if (Transports.isTransportThread(Thread.currentThread())) {
      threadPool.executor(pool).execute(ActionRunnable.wrap(listener, each -> work.run()));
    } else {
      work.run();
    }
  }
}
