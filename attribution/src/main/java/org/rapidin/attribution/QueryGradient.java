package org.rapidin.attribution;

import java.util.List;

/**
 * The gradient of a generation, as a query needs it. Normalisation uses the norms of the whole
 * selected gradient, so {@code vector} is the mean of the token vectors (up to rounding).
 *
 * @param vector float32, length K: mean over the selected tokens
 * @param fingerprint of the attributor that made it
 * @param tokens one entry per completion token, in order; their vectors are null unless asked for
 *     and unless the token is selected
 */
public record QueryGradient(float[] vector, String fingerprint, List<Token> tokens) {
  public QueryGradient {
    tokens = List.copyOf(tokens);
  }

  /** Whether every selected token has its vector. */
  public boolean hasTokenVectors() {
    return tokens.stream().noneMatch(token -> token.selected() && token.vector() == null);
  }

  /** Returns this gradient without the vectors of its tokens. */
  public QueryGradient withoutTokenVectors() {
    return new QueryGradient(
        vector,
        fingerprint,
        tokens.stream().map(token -> new Token(token.text(), token.selected(), null)).toList());
  }

  /**
   * One generated token.
   *
   * @param text its characters in the completion
   * @param selected whether the query is about it
   * @param vector float32, length K, or null
   */
  public record Token(String text, boolean selected, float[] vector) {}
}
