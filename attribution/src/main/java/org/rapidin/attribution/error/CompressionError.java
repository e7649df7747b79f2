package org.rapidin.attribution.error;

import java.util.Objects;

/**
 * The error of ⟨Su, Sv⟩ as an estimate of ⟨u, v⟩, for a random linear map S from gradients to
 * vectors: its variance over the seeds of S, computed from the two vectors alone.
 */
public sealed interface CompressionError
    permits CompressionError.OfSketch, OfProjections, CompressionError.Unknown {
  /** Of vectors that are the gradients. */
  CompressionError NONE = new OfSketch(0, false);

  /**
   * The variance factor·(‖u‖²‖v‖² + ⟨u, v⟩²), with the vectors in place of the gradients. A sketch
   * or a dense projection to K numbers has the factor 1/K; random signs have 2·Σuᵢ²vᵢ²/K less,
   * which counts where few numbers of the gradients make up most of both.
   *
   * @param factor at least 0
   * @param atMost whether the variance may be less than that, and is not known better
   */
  record OfSketch(double factor, boolean atMost) implements CompressionError {
    public OfSketch {
      if (!(factor >= 0) || Double.isInfinite(factor)) {
        throw new IllegalArgumentException(
            "a variance has the factor %s, must be at least 0".formatted(factor));
      }
    }
  }

  /**
   * There is no such variance.
   *
   * @param reason in words, for users
   */
  record Unknown(String reason) implements CompressionError {
    public Unknown {
      Objects.requireNonNull(reason, "reason");
    }
  }
}
