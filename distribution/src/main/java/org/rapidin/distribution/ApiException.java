package org.rapidin.distribution;

/** An error response of the node. */
public final class ApiException extends RuntimeException {
  private final int status;

  /**
   * @param status HTTP status, 400 to 599
   * @param message the node's reason
   */
  public ApiException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** HTTP status. */
  public int status() {
    return status;
  }
}
