package org.rapidin.ingest;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Works through the batches of one bulk, a few at a time: a bulk of 10,000 documents sent at once
 * would fill the gradient queue for everyone. Each lane starts its next batch when its last is
 * done, on the thread that finished it.
 *
 * @param <T> what batches are made of
 */
final class BatchLanes<T> {
  private final List<List<T>> batches;
  private final BiConsumer<List<T>, Consumer<List<T>>> work;
  private final Consumer<List<T>> whenDone;
  private final List<T> results = Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger busyLanes = new AtomicInteger();

  /**
   * @param batches at least one
   * @param work does one batch and hands its results to the consumer exactly once, on any thread
   * @param whenDone gets all results, once
   */
  BatchLanes(
      List<List<T>> batches,
      BiConsumer<List<T>, Consumer<List<T>>> work,
      Consumer<List<T>> whenDone) {
    this.batches = batches;
    this.work = work;
    this.whenDone = whenDone;
  }

  /**
   * Starts.
   *
   * @param count batches that may be worked on at a time
   */
  void start(int count) {
    int lanes = Math.min(count, batches.size());
    busyLanes.set(lanes);
    for (int i = 0; i < lanes; i++) {
      new Lane().advance();
    }
  }

  private final class Lane {
    // Counts calls of advance that are not served yet: a batch that finishes at once only counts
    // up, the loop below goes on, and the stack does not grow with the number of batches.
    private final AtomicInteger pending = new AtomicInteger();

    void advance() {
      if (pending.getAndIncrement() != 0) {
        return;
      }
      do {
        int batch = next.getAndIncrement();
        if (batch >= batches.size()) {
          finish();
          return;
        }
        work.accept(
            batches.get(batch),
            done -> {
              results.addAll(done);
              advance();
            });
      } while (pending.decrementAndGet() != 0);
    }

    private void finish() {
      if (busyLanes.decrementAndGet() == 0) {
        whenDone.accept(results);
      }
    }
  }
}
