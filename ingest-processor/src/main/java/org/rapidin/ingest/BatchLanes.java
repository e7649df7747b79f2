package org.rapidin.ingest;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/**
 * Works through the pieces of one bulk, a few at a time: a bulk of 10,000 documents sent at once
 * would fill the gradient queue. Each lane starts its next piece when its last one is done, on the
 * thread that finished it.
 *
 * @param <T> the type of a piece
 */
final class BatchLanes<T> {
  private final List<T> pieces;
  private final BiConsumer<T, Runnable> work;
  private final Runnable whenDone;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger busyLanes = new AtomicInteger();

  /**
   * @param pieces at least one
   * @param work does one piece and calls the runnable exactly once, on any thread
   * @param whenDone called once, after the last piece
   */
  BatchLanes(List<T> pieces, BiConsumer<T, Runnable> work, Runnable whenDone) {
    this.pieces = pieces;
    this.work = work;
    this.whenDone = whenDone;
  }

  /**
   * Starts the first pieces.
   *
   * @param count pieces that may be worked on at a time
   */
  void start(int count) {
    int lanes = Math.min(count, pieces.size());
    busyLanes.set(lanes);
    for (int i = 0; i < lanes; i++) {
      new Lane().advance();
    }
  }

  private final class Lane {
    // Counts calls of advance that are not served yet: a piece that finishes at once only counts
    // up, the loop below continues, and the stack does not grow with the number of pieces.
    private final AtomicInteger pending = new AtomicInteger();

    void advance() {
      if (pending.getAndIncrement() != 0) {
        return;
      }
      do {
        int piece = next.getAndIncrement();
        if (piece >= pieces.size()) {
          finish();
          return;
        }
        work.accept(pieces.get(piece), this::advance);
      } while (pending.decrementAndGet() != 0);
    }

    private void finish() {
      if (busyLanes.decrementAndGet() == 0) {
        whenDone.run();
      }
    }
  }
}
