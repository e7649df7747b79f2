package org.rapidin.attribution.service;

/**
 * How much a {@link GradientService} takes on. Documents may take nine tenths of it, so that bulks
 * which fill the queue do not keep queries out, and one user half.
 *
 * @param threads that compute; each runs its own batch, on libtorch's own threads below
 * @param requests that may wait or run at once
 * @param bytes that their texts and vectors may take together; one larger request is taken when
 *     there is no other
 */
public record GradientLimits(int threads, int requests, long bytes) {
  private static final int TENTH = 10;

  public GradientLimits {
    if (threads < 1 || requests < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "threads, requests and bytes must be at least 1, got %s, %s, %s"
              .formatted(threads, requests, bytes));
    }
  }

  /** From how many requests of all lanes on one of this lane is refused. */
  int requests(Lane lane) {
    return lane == Lane.QUERY ? requests : Math.max(1, requests - Math.ceilDiv(requests, TENTH));
  }

  /** How many requests of one user may wait or run at once. */
  int requestsOfUser() {
    return Math.max(1, requests / 2);
  }

  /** Bytes that several requests of one user may take together. */
  long bytesOfUser() {
    return Math.max(1, bytes / 2);
  }

  /** Bytes that all requests may take together when one of this lane is admitted. */
  long bytes(Lane lane) {
    return lane == Lane.QUERY ? bytes : bytes - bytes / TENTH;
  }
}
