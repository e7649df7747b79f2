package org.rapidin.plugin.lucene;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What was measured of the rows of one field of a segment, by the name of the measure: 8 bytes a
 * row. Goes with the segment's reader; of more than {@link #MOST} measures, those least recently
 * used go first. Safe for many threads.
 */
final class KeptMeasures {
  /** Norms, and self-influence by some artefacts. */
  static final int MOST = 3;

  private final Map<String, AtomicLongArray> numbers = new LinkedHashMap<>(16, 0.75f, true);

  /** Returns the bits of each row's float64; 0 for a row that was not measured. */
  synchronized AtomicLongArray of(String measure, int rows) {
    AtomicLongArray kept = numbers.computeIfAbsent(measure, none -> new AtomicLongArray(rows));
    if (numbers.size() > MOST) {
      numbers.remove(numbers.keySet().iterator().next());
    }
    return kept;
  }
}
