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

  /** Index after its last number at the first checkpoint. */
  int to() {
    return from + outputs * inputs;
  }
}
