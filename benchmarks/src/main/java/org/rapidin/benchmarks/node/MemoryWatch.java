package org.rapidin.benchmarks.node;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Looks at the resident memory of a node twice a second, and keeps what there was when there was
 * most. A peak between two looks is in {@link Measurement#peakResidentBytes} only.
 */
public final class MemoryWatch implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  private final long pid;
  private final JavaHeap heap;
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private final Future<?> looks;
  private ResidentMemory most;

  /** Starts to look at a node. */
  public MemoryWatch(BenchNode node) throws IOException, InterruptedException {
    this.pid = node.process().pid();
    this.heap = JavaHeap.of(pid);
    this.most = ResidentMemory.of(pid, heap);
    this.looks =
        thread.scheduleWithFixedDelay(
            this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      keep(ResidentMemory.of(pid, heap));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void keep(ResidentMemory now) {
    most = now.bytes() > most.bytes() ? now : most;
  }

  /**
   * What there was when there was most.
   *
   * @throws IOException if it could no longer be read, as when the node has ended
   */
  public synchronized ResidentMemory most() throws IOException {
    if (looks.isDone()) {
      throw new IOException("the node's memory can no longer be read", looks.exceptionNow());
    }
    return most;
  }

  @Override
  public void close() {
    looks.cancel(false);
    thread.shutdownNow();
  }
}
