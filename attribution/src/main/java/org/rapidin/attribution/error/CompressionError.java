package org.rapidin.attribution.error;

import java.util.Objects;

/**
 * The error of ⟨Su, Sv⟩ as an estimate of ⟨u, v⟩, for a random linear map S from gradients to
 * vectors: its variance over the seeds of S, computed from the two vectors alone.
 */
public sealed interface CompressionError
    permits CompressionError.OfSketch, OfProjections, CompressionError.Unknown {
  /** The error of vectors that are the gradients: none. */
  CompressionError NONE = new OfSketch(0, false);

  /** Returns whether the variance may be less than what is computed. */
  boolean atMost();

  /** Returns this error, marked as one that may be less. */
  CompressionError asAtMost();

  /** Returns the bytes that the variance of a pair takes in addition to the vectors. */
  default long bytes() {
    return 0;
  }

  /** Returns the bytes of this object. */
  default long ownBytes() {
    return 0;
  }

  /**
   * Returns the multiplications that the variance of a pair takes in addition to a few per number.
   */
  default double operations() {
    return 0;
  }

  /**
   * The variance factor·(‖u‖²‖v‖² + ⟨u, v⟩²), with the vectors in place of the gradients. A sketch
   * or a dense projection to K numbers has the factor 1/K; random signs have 2·Σuᵢ²vᵢ²/K less,
   * which matters where a few numbers make up most of both gradients.
   *
   * @param factor at least 0
   * @param atMost whether the variance may be less than that
   */
  record OfSketch(double factor, boolean atMost) implements CompressionError {
    public OfSketch {
      if (!(factor >= 0) || Double.isInfinite(factor)) {
        throw new IllegalArgumentException(
            "a variance has the factor %s, must be at least 0".formatted(factor));
      }
    }

    @Override
    public CompressionError asAtMost() {
      return new OfSketch(factor, factor > 0);
    }
  }

  /**
   * The variance is not known.
   *
   * @param reason in words, for users
   */
  record Unknown(String reason) implements CompressionError {
    public Unknown {
      Objects.requireNonNull(reason, "reason");
    }

    @Override
    public boolean atMost() {
      return false;
    }

    @Override
    public CompressionError asAtMost() {
      return this;
    }
  }
}
