package org.rapidin.gpu;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What statistics count. Safe for many threads. */
final class Counters {
  final LongAdder scans = new LongAdder();
  final LongAdder passes = new LongAdder();
  final LongAdder rowsScored = new LongAdder();
  final LongAdder evictions = new LongAdder();
  final LongAdder uploadedBytes = new LongAdder();
  private final Map<Fallback, LongAdder> fallbacks = new EnumMap<>(Fallback.class);

  Counters() {
    for (Fallback reason : Fallback.values()) {
      fallbacks.put(reason, new LongAdder());
    }
  }

  void fallback(Fallback reason) {
    fallbacks.get(reason).increment();
  }

  void passed(long rows, int queries) {
    passes.increment();
    rowsScored.add(rows * queries);
  }

  /** Returns the reasons that occurred. */
  Map<String, Long> fallbacks() {
    Map<String, Long> counts = new TreeMap<>();
    fallbacks.forEach(
        (reason, count) -> {
          if (count.sum() > 0) {
            counts.put(reason.key(), count.sum());
          }
        });
    return counts;
  }
}
