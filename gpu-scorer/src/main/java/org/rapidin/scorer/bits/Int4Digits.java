package org.rapidin.scorer.bits;

import org.rapidin.scorer.VectorNorms;

/**
 * A vector z as digits u from −7 to 7 times a step Δ.
 *
 * @param digits u, owned by the caller
 * @param sum Σu
 * @param step Δ, such that {@code ⟨Δu, z⟩ = ‖z‖²}; 0 if z is
 * @param error {@code ‖Δu − z‖}
 */
record Int4Digits(byte[] digits, int sum, double step, double error) {
  private static final int MAX = 7;
  // The step of 15 levels with the least error on normal deviates, in standard deviations.
  private static final double FIRST_STEP = 0.35;
  private static final int MAX_ROUNDS = 8;
  private static final int SUMS = 64;

  /**
   * Rounds with a step, then takes the step that fits these digits best, and so on: the angle
   * between u and z becomes smaller each time, up to a minimum.
   *
   * @param vector z, finite, its length a multiple of 64
   */
  static Int4Digits of(float[] vector) {
    double squares = VectorNorms.squaredNorm(vector);
    int[] digits = new int[vector.length];
    if (squares == 0) {
      return new Int4Digits(new byte[vector.length], 0, 0, 0);
    }
    double step = FIRST_STEP * Math.sqrt(squares / vector.length);
    double product = 0;
    int digitSquares = 0;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      round(vector, (float) (1 / step), digits);
      product = product(vector, digits);
      digitSquares = squares(digits);
      double next = product / digitSquares;
      if (next == step) {
        break;
      }
      step = next;
    }
    double scaled = squares / product;
    double error = Math.sqrt(Math.max(0, scaled * scaled * digitSquares - squares));
    return new Int4Digits(bytes(digits), sum(digits), scaled, error);
  }

  private static void round(float[] vector, float inverse, int[] digits) {
    for (int i = 0; i < vector.length; i++) {
      float clipped = Math.max(-MAX, Math.min(MAX, vector[i] * inverse));
      // Positive, so that the conversion rounds down.
      digits[i] = (int) (clipped + (MAX + 0.5f)) - MAX;
    }
  }

  /** Number i goes into sum i mod 64, then these are added in order. */
  private static double product(float[] vector, int[] digits) {
    double[] sums = new double[SUMS];
    for (int at = 0; at < vector.length; at += SUMS) {
      for (int i = 0; i < SUMS; i++) {
        sums[i] += (double) vector[at + i] * digits[at + i];
      }
    }
    double sum = 0;
    for (double part : sums) {
      sum += part;
    }
    return sum;
  }

  private static int squares(int[] digits) {
    int sum = 0;
    for (int digit : digits) {
      sum += digit * digit;
    }
    return sum;
  }

  private static int sum(int[] digits) {
    int sum = 0;
    for (int digit : digits) {
      sum += digit;
    }
    return sum;
  }

  private static byte[] bytes(int[] digits) {
    byte[] bytes = new byte[digits.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) digits[i];
    }
    return bytes;
  }
}
