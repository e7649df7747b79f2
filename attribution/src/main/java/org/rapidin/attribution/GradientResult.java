package org.rapidin.attribution;

/** What became of one {@link Sample}: its vector, or the reason why it has none. */
public sealed interface GradientResult {

  /**
   * A compressed gradient.
   *
   * @param values float32, length K; owned by the receiver
   * @param tokens tokens of prompt and completion that went through the model
   * @param truncated whether tokens beyond the attributor's limit were cut off
   */
  record Vector(float[] values, int tokens, boolean truncated) implements GradientResult {
    /** L2 norm of the values, summed in double. */
    public double norm() {
      double squares = 0;
      for (float value : values) {
        squares += (double) value * value;
      }
      return Math.sqrt(squares);
    }
  }

  /**
   * A sample without a vector.
   *
   * @param reason one sentence for the user; it never quotes the sample's text
   */
  record Failure(String reason) implements GradientResult {}
}
