package org.rapidin.plugin.dispatch;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;

/** Counts the artefacts that a node reads and has in memory. Safe for many threads. */
public final class ArtefactCounts {
  private final AtomicLong inMemory = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final LongAdder hits = new LongAdder();
  private final LongAdder loads = new LongAdder();

  /** Counts a query whose artefact was in memory. */
  public void hit() {
    hits.increment();
  }

  /**
   * Counts an artefact that was read.
   *
   * @param then is closed when it leaves memory
   * @return is closed when it leaves memory; closing is idempotent
   */
  public Releasable loaded(long artefactBytes, Releasable then) {
    loads.increment();
    inMemory.incrementAndGet();
    bytes.addAndGet(artefactBytes);
    return Releasables.releaseOnce(
        () -> {
          inMemory.decrementAndGet();
          bytes.addAndGet(-artefactBytes);
          then.close();
        });
  }

  /** Returns the counts now. */
  public ArtefactStats stats() {
    return new ArtefactStats(inMemory.get(), bytes.get(), hits.sum(), loads.sum());
  }
}
