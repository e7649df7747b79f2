package org.rapidin.attribution;

/** Gradients cannot be computed here now: no such model on this node, or no native library. */
public final class ModelUnavailableException extends RuntimeException {
  /**
   * @param message names what is missing and how to fix it
   */
  public ModelUnavailableException(String message) {
    super(message);
  }

  /**
   * @param message names what is missing and how to fix it
   * @param cause the fault below, for the log
   */
  public ModelUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
