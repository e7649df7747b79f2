package org.rapidin.plugin.lucene;

/**
 * How many documents of a shard a query matches that ranks candidates only: the {@code k ·
 * oversample} best estimates are scored exactly, and the k best of those match.
 *
 * @param k documents that match at most, 1 to {@link #MAX_K}
 * @param oversample estimates that are scored exactly for each of them, 1 to {@link
 *     #MAX_OVERSAMPLE}
 */
public record Candidates(int k, int oversample) {
  /** The most documents that match, as many as a search shows by default. */
  public static final int MAX_K = 10_000;

  /** The most estimates that are scored exactly for each document that matches. */
  public static final int MAX_OVERSAMPLE = 100;

  /** The most estimates that are kept and scored exactly: 800 KB for each segment. */
  public static final int MAX_RESCORED = 100_000;

  public Candidates {
    require("k", k, MAX_K);
    requireOversample(oversample);
    if (k * oversample > MAX_RESCORED) {
      throw new IllegalArgumentException(
          "[k] times [oversample] must be at most %s, got %s times %s"
              .formatted(MAX_RESCORED, k, oversample));
    }
  }

  /**
   * Checks a number of estimates for each document.
   *
   * @throws IllegalArgumentException if it is out of range
   */
  public static void requireOversample(int oversample) {
    require("oversample", oversample, MAX_OVERSAMPLE);
  }

  private static void require(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(
          "[%s] must be 1 to %s, got %s".formatted(name, most, value));
    }
  }

  /** Estimates that are scored exactly. */
  int rescored() {
    return k * oversample;
  }
}
