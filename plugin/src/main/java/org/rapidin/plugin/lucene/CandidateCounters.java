package org.rapidin.plugin.lucene;

import java.util.concurrent.atomic.LongAdder;

/** Counts what {@link CandidateCounts} says. Safe for many threads. */
public final class CandidateCounters {
  private final LongAdder graphs = new LongAdder();
  private final LongAdder abandoned = new LongAdder();
  private final LongAdder visited = new LongAdder();
  private final LongAdder codes = new LongAdder();
  private final LongAdder rows = new LongAdder();

  void countGraph(boolean isWhole, long visitedCodes) {
    (isWhole ? graphs : abandoned).increment();
    visited.add(visitedCodes);
  }

  void countScan(boolean ofCodes) {
    (ofCodes ? codes : rows).increment();
  }

  /** Returns what was counted so far. */
  public CandidateCounts counts() {
    return new CandidateCounts(
        graphs.sum(), abandoned.sum(), visited.sum(), codes.sum(), rows.sum());
  }
}
