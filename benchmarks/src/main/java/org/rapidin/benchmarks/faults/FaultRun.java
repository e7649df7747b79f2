package org.rapidin.benchmarks.faults;

/** One fault. Each run starts and stops its own nodes. */
interface FaultRun {

  /** The row of the fault table. */
  int row();

  /** What is injected, and what must hold. */
  String description();

  /**
   * Injects the fault.
   *
   * @return the figures
   * @throws FaultException if what must hold does not
   */
  String run() throws Exception;

  /**
   * Fails the run unless a condition holds.
   *
   * @throws FaultException with the message
   */
  static void require(boolean condition, String message, Object... values) {
    if (!condition) {
      throw new FaultException(message.formatted(values));
    }
  }

  /** Something that must hold does not. */
  final class FaultException extends RuntimeException {
    FaultException(String message) {
      super(message);
    }
  }
}
