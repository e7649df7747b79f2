package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongFunction;

/**
 * What was measured of the rows of one field of a segment, by the name of the measure: 8 bytes a
 * row, which are reserved. Closed with the segment's reader; of more than {@link #MOST} measures,
 * those least recently used go first. Safe for many threads.
 */
final class KeptMeasures implements Closeable {
  /** Norms, and self-influence by some artefacts. */
  static final int MOST = 3;

  private final Map<String, Kept> numbers = new LinkedHashMap<>(16, 0.75f, true);
  private boolean closed;

  private record Kept(AtomicLongArray bits, Closeable reserved) {}

  /**
   * Returns the bits of each row's float64; 0 for a row that was not measured.
   *
   * @param room reserves bytes until closed; empty if there is no room
   * @return empty if measures cannot be kept
   */
  synchronized Optional<AtomicLongArray> of(
      String measure, int rows, LongFunction<Optional<Closeable>> room) throws IOException {
    Kept kept = numbers.get(measure);
    if (kept == null) {
      Optional<Closeable> reserved =
          closed ? Optional.empty() : room.apply((long) rows * Long.BYTES);
      if (reserved.isEmpty()) {
        return Optional.empty();
      }
      kept = new Kept(new AtomicLongArray(rows), reserved.get());
      numbers.put(measure, kept);
      if (numbers.size() > MOST) {
        numbers.remove(numbers.keySet().iterator().next()).reserved().close();
      }
    }
    return Optional.of(kept.bits());
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    for (Kept kept : numbers.values()) {
      kept.reserved().close();
    }
    numbers.clear();
  }
}
