package org.rapidin.plugin.handle;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.threadpool.ThreadPool;

/**
 * Gradients that other nodes keep for searches of this node. Each is given back once: when the last
 * search that uses it has ended, or after some seconds if none ever used it, because the search was
 * cancelled or refused before. Safe for many threads.
 */
final class BorrowedGradients {
  // From the answer of the other node until the query has it: some milliseconds.
  static final TimeValue LONGEST_UNUSED = TimeValue.timeValueSeconds(10);

  private final ThreadPool threadPool;
  private final Consumer<GradientHandle> giveBack;
  // The last loan of each key, as this node computes it; another version may compute another key.
  private final Map<GradientKey, Loan> loans = new HashMap<>();

  private static final class Loan {
    private final GradientKey key;
    private final GradientHandle handle;
    private int users;
    private boolean ended;

    Loan(GradientKey key, GradientHandle handle) {
      this.key = key;
      this.handle = handle;
    }
  }

  /**
   * A use of a loan.
   *
   * @param handle of the gradient at the node that keeps it
   * @param end ends the use; closing is idempotent
   */
  record Use(GradientHandle handle, Releasable end) {}

  /**
   * @param giveBack sends the return to the node that keeps a gradient; called once per loan
   */
  BorrowedGradients(ThreadPool threadPool, Consumer<GradientHandle> giveBack) {
    this.threadPool = threadPool;
    this.giveBack = giveBack;
  }

  /**
   * Notes a loan.
   *
   * @param key of the gradient as this node computes it
   * @param handle as the other node knows it
   * @return gives the gradient back unless a search uses it; closing is idempotent
   */
  Releasable add(GradientKey key, GradientHandle handle) {
    Loan loan = new Loan(key, handle);
    synchronized (this) {
      loans.put(key, loan);
    }
    Releasable unused = Releasables.releaseOnce(() -> endIfUnused(loan));
    threadPool.schedule(unused::close, LONGEST_UNUSED, ThreadPool.Names.GENERIC);
    return unused;
  }

  /** Uses the last loan of a key; empty if it has been given back. */
  synchronized Optional<Use> use(GradientKey key) {
    Loan loan = loans.get(key);
    if (loan == null) {
      return Optional.empty();
    }
    loan.users++;
    return Optional.of(new Use(loan.handle, Releasables.releaseOnce(() -> endUse(loan))));
  }

  private void endUse(Loan loan) {
    synchronized (this) {
      loan.users--;
    }
    endIfUnused(loan);
  }

  private void endIfUnused(Loan loan) {
    synchronized (this) {
      if (loan.users > 0 || loan.ended) {
        return;
      }
      loan.ended = true;
      loans.remove(loan.key, loan);
    }
    giveBack.accept(loan.handle);
  }
}
