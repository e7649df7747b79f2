package org.rapidin.attribution.service;

import java.util.concurrent.RejectedExecutionException;

/** Counts what waits and runs, and says no when there is too much. Safe for many threads. */
final class Admission {
  private final GradientLimits limits;
  private int requests;
  private long bytes;
  private long rejected;

  Admission(GradientLimits limits) {
    this.limits = limits;
  }

  /**
   * Lets a request in.
   *
   * @throws RejectedExecutionException if that would be too many, or too many bytes beside others
   */
  synchronized void enter(long requestBytes) {
    boolean tooMany = requests >= limits.requests();
    boolean tooLarge = requests > 0 && bytes + requestBytes > limits.bytes();
    if (tooMany || tooLarge) {
      rejected++;
      throw new RejectedExecutionException(
          "the queue for gradients is full: "
              + requests
              + " requests of at most "
              + limits.requests()
              + ", "
              + bytes
              + " bytes of at most "
              + limits.bytes()
              + (tooLarge ? ", this one needs " + requestBytes : "")
              + "; try again later");
    }
    requests++;
    bytes += requestBytes;
  }

  /** Lets go of what {@link #enter} let in. */
  synchronized void leave(long requestBytes) {
    requests--;
    bytes -= requestBytes;
  }

  synchronized int requests() {
    return requests;
  }

  synchronized long rejected() {
    return rejected;
  }
}
