package org.rapidin.plugin.handle;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.threadpool.ThreadPool;

/**
 * Gradients that this node computed for searches of other nodes, in use until these return them. A
 * node that has left never does, so a loan ends after some minutes. Safe for many threads.
 */
final class LentGradients {
  private static final TimeValue LONGEST = TimeValue.timeValueMinutes(5);

  private final ThreadPool threadPool;
  private final Map<GradientKey, Queue<Releasable>> lent = new HashMap<>();

  LentGradients(ThreadPool threadPool) {
    this.threadPool = threadPool;
  }

  /**
   * Remembers a use.
   *
   * @param use ends the use; closing is idempotent
   */
  void lend(GradientKey key, Releasable use) {
    synchronized (this) {
      lent.computeIfAbsent(key, any -> new ArrayDeque<>()).add(use);
    }
    threadPool.schedule(() -> giveBack(key, use), LONGEST, ThreadPool.Names.GENERIC);
  }

  /** Ends the oldest use of a gradient, if there is one. */
  void giveBack(GradientKey key) {
    Releasable oldest;
    synchronized (this) {
      Queue<Releasable> uses = lent.get(key);
      oldest = uses == null ? null : uses.peek();
    }
    if (oldest != null) {
      giveBack(key, oldest);
    }
  }

  private void giveBack(GradientKey key, Releasable use) {
    synchronized (this) {
      Queue<Releasable> uses = lent.get(key);
      if (uses != null && uses.remove(use) && uses.isEmpty()) {
        lent.remove(key);
      }
    }
    use.close();
  }
}
