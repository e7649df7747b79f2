package org.rapidin.attribution.service;

/**
 * How much a {@link GradientService} takes on.
 *
 * @param threads that compute; each runs a batch of its own, on libtorch's own threads below
 * @param requests that may wait or run at once
 * @param bytes that their texts and vectors may take together; one larger request is taken when
 *     there is no other
 */
public record GradientLimits(int threads, int requests, long bytes) {
  public GradientLimits {
    if (threads < 1 || requests < 1 || bytes < 1) {
      throw new IllegalArgumentException(
          "threads, requests and bytes must be at least 1, got %s, %s, %s"
              .formatted(threads, requests, bytes));
    }
  }
}
