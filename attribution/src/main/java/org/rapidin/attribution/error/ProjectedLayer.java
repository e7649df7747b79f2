package org.rapidin.attribution.error;

/**
 * The block [k_o, k_i] of a vector that a linear layer's gradient becomes, row by row.
 *
 * @param from index of its first number at the first checkpoint
 * @param outputs k_o, at least 1; at least 2 if they are projected
 * @param inputs k_i, likewise
 * @param outputsProjected whether the outputs are multiplied with a random matrix; if not, they are
 *     those of the gradient
 * @param inputsProjected the same for the inputs
 */
public record ProjectedLayer(
    int from, int outputs, int inputs, boolean outputsProjected, boolean inputsProjected) {
  public ProjectedLayer {
    if (from < 0
        || outputs < (outputsProjected ? 2 : 1)
        || inputs < (inputsProjected ? 2 : 1)
        || (long) from + (long) outputs * inputs > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "a projected layer cannot have %s × %s numbers from %s on"
              .formatted(outputs, inputs, from));
    }
  }

  /** Returns the bytes of this layer's products: its numbers four times, and three matrices. */
  long bytes(int checkpoints) {
    long narrow = Math.min(outputs, inputs);
    return Double.BYTES * (4L * checkpoints * outputs * inputs + 3 * narrow * narrow);
  }

  /** Returns the number of multiplications of its products, at most. */
  double operations(int checkpoints) {
    double one = (double) outputs * inputs * Math.min(outputs, inputs);
    int sides = (outputsProjected ? 1 : 0) + (inputsProjected ? 1 : 0);
    // Of each side four products of each pair of checkpoints, and two more where both are
    // projected.
    return sides * (sides == 2 ? 6.0 : 4.0) * checkpoints * checkpoints * one;
  }

  /** Returns whether a side is multiplied with a random matrix. */
  boolean projected() {
    return outputsProjected || inputsProjected;
  }

  /** Returns k of the narrowest projected side, on which the error of the estimate depends. */
  int terms() {
    return Math.min(
        outputsProjected ? outputs : Integer.MAX_VALUE,
        inputsProjected ? inputs : Integer.MAX_VALUE);
  }

  /** Returns the index after its last number at the first checkpoint. */
  int to() {
    return from + outputs * inputs;
  }
}
