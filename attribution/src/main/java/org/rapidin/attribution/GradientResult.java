package org.rapidin.attribution;

/** What became of one {@link Sample}: its vector, or the reason why it has none. */
public sealed interface GradientResult {

  /**
   * A compressed gradient.
   *
   * @param vector length K; owned by the receiver
   * @param tokens tokens of prompt and completion that went through the model
   * @param truncated whether tokens beyond the attributor's limit were cut off
   */
  record Vector(GradientVector vector, int tokens, boolean truncated) implements GradientResult {}

  /**
   * A sample without a vector.
   *
   * @param reason one sentence for the user; it never quotes the sample's text
   */
  record Failure(String reason) implements GradientResult {}
}
