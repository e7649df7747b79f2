package org.rapidin.benchmarks.gpu;

import java.util.ArrayList;
import java.util.List;
import org.rapidin.scorer.SegmentKey;

/** The key of a segment that a benchmark closes. */
final class SegmentEnd implements SegmentKey {
  private final List<Runnable> listeners = new ArrayList<>();

  @Override
  public synchronized void onClose(Runnable listener) {
    listeners.add(listener);
  }

  synchronized void close() {
    listeners.forEach(Runnable::run);
    listeners.clear();
  }
}
