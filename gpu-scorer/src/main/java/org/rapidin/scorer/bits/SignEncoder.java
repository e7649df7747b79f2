package org.rapidin.scorer.bits;

import java.util.Objects;
import org.rapidin.scorer.VectorNorms;

/**
 * Makes the codes of the rows of a segment.
 *
 * <p>With the centre c, {@code v = x − c} and {@code y} the first B numbers of {@code R v}, the
 * code of a row x is the signs {@code s = ±1} of y, the factor {@code f = ‖v‖² / ‖y‖₁} and the
 * error {@code ε = ‖v‖ · √((B‖v‖²/‖y‖₁² − 1) / (K − 1))}. For a query q with {@code z} the first B
 * numbers of {@code R q}, {@code f·⟨s, z⟩ + ⟨c, q⟩} estimates {@code ⟨x, q⟩}.
 *
 * <p>Why, for a rotation that is uniformly random: split q into its part along v and the rest
 * {@code q⊥}. Given y, {@code R q⊥} is uniform on a sphere of the K − 1 dimensions orthogonal to
 * {@code R v}, so it adds nothing on average, and the part along v gives {@code f·⟨v, q⟩·‖y‖₁/‖v‖²
 * = ⟨v, q⟩}: the estimate is unbiased for each code. Its variance is {@code f²·‖q⊥‖²/(K − 1)} times
 * the squared norm of what of s is orthogonal to {@code R v}, {@code B − ‖y‖₁²/‖v‖²}. The error is
 * the root of that for {@code ‖q⊥‖ ≤ ‖q‖ = 1}: about {@code 0.76·‖v‖/√K} for B = K. For B = K this
 * is RaBitQ's estimator. Where B < K, ‖v‖² is used rather than its estimate {@code (K/B)·‖y‖²},
 * which would only add noise.
 *
 * <p>Safe for many threads.
 */
public final class SignEncoder {
  /** The number of bits of a code is a multiple of this. */
  public static final int BITS_MULTIPLE = 64;

  private final HadamardRotation rotation;
  private final int bits;
  private final float[] centre;

  /**
   * @param rotation of K dimensions
   * @param bits B, a multiple of {@value #BITS_MULTIPLE}, at most K
   * @param centre c, float32, length K, finite; not copied
   * @throws IllegalArgumentException if these do not fit together
   */
  public SignEncoder(HadamardRotation rotation, int bits, float[] centre) {
    checkBits(rotation, bits);
    if (centre.length != rotation.dimension()) {
      throw new IllegalArgumentException(
          "the rotation has dimension %s, the centre %s"
              .formatted(rotation.dimension(), centre.length));
    }
    VectorNorms.requireFinite(centre);
    this.rotation = Objects.requireNonNull(rotation, "rotation");
    this.bits = bits;
    this.centre = centre;
  }

  /** B. */
  public int bits() {
    return bits;
  }

  /** c; not to be changed. */
  public float[] centre() {
    return centre;
  }

  static void checkBits(HadamardRotation rotation, int bits) {
    if (bits < BITS_MULTIPLE || bits > rotation.dimension() || bits % BITS_MULTIPLE != 0) {
      throw new IllegalArgumentException(
          "a code of %s numbers has a multiple of %s bits up to as many, got %s"
              .formatted(rotation.dimension(), BITS_MULTIPLE, bits));
    }
  }

  /**
   * Encodes a row. The result has the same bits on every machine.
   *
   * @param row x, float32, length K, as it is stored: decoded; not changed
   * @throws IllegalArgumentException if the length is not K, or x − c is not finite
   */
  public SignCode encode(float[] row) {
    if (row.length != centre.length) {
      throw new IllegalArgumentException(
          "the centre has dimension %s, the row %s".formatted(centre.length, row.length));
    }
    float[] vector = new float[row.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = row[i] - centre[i];
    }
    VectorNorms.requireFinite(vector);
    double unit = toUnit(vector);
    double squaredNorm = VectorNorms.squaredNorm(vector);
    rotation.rotate(vector);
    double norm1 = norm1(vector, bits);
    if (norm1 == 0) {
      // The row is the centre, or nothing of the difference is left in the first B numbers.
      return new SignCode(signs(vector), 0, toFloat(Math.sqrt(squaredNorm) * unit));
    }
    double variance = Math.max(0, bits * squaredNorm / (norm1 * norm1) - 1) / (centre.length - 1);
    return new SignCode(
        signs(vector),
        toFloat(squaredNorm / norm1 * unit),
        toFloat(Math.sqrt(squaredNorm * variance) * unit));
  }

  /**
   * Brings the largest magnitude into [1, 2), so that no sum of the rotation overflows or loses
   * bits to underflow.
   *
   * @return what to multiply by to undo it
   */
  static double toUnit(float[] vector) {
    float largest = VectorNorms.largestMagnitude(vector);
    if (largest == 0) {
      return 1;
    }
    int exponent = Math.getExponent((double) largest);
    double factor = Math.scalb(1.0, -exponent);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] * factor);
    }
    return Math.scalb(1.0, exponent);
  }

  private static float toFloat(double value) {
    return (float) Math.min(value, Float.MAX_VALUE);
  }

  /** Sum of magnitudes of the first numbers; number i goes into sum i mod 64, then in order. */
  private static double norm1(float[] vector, int count) {
    double[] sums = new double[BITS_MULTIPLE];
    for (int at = 0; at < count; at += BITS_MULTIPLE) {
      for (int i = 0; i < BITS_MULTIPLE; i++) {
        sums[i] += Math.abs(vector[at + i]);
      }
    }
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private byte[] signs(float[] vector) {
    byte[] signs = new byte[bits / Byte.SIZE];
    for (int i = 0; i < signs.length; i++) {
      int word = 0;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        word |= (~Float.floatToRawIntBits(vector[Byte.SIZE * i + bit]) >>> 31) << bit;
      }
      signs[i] = (byte) word;
    }
    return signs;
  }
}
