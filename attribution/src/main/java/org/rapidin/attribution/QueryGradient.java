package org.rapidin.attribution;

import java.util.List;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.error.InfluenceError;

/**
 * The gradient of a generation, as a query needs it. Normalisation uses the norms of the whole
 * selected gradient, so {@code vector} is the mean of the token vectors (up to rounding).
 *
 * @param vector float32, length K: mean over the selected tokens
 * @param fingerprint of the attributor that made it
 * @param tokens one entry per completion token, in order; their vectors are null unless asked for
 *     and unless the token is selected
 * @param words what the tokens are parts of; empty if it is not known
 * @param parts which numbers are those of which module; empty if the method mixes modules
 * @param error of influences by the vector
 */
public record QueryGradient(
    float[] vector,
    String fingerprint,
    List<Token> tokens,
    List<Word> words,
    List<ModulePart> parts,
    InfluenceError error) {
  private static final InfluenceError EARLIER_VERSION =
      InfluenceError.unknown(
          "the node that computed the gradient is of an earlier version, which does not send the error of influences: upgrade its RapidIn plugin");

  public QueryGradient {
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
    Word.requireTiles(words, tokens.size());
    parts = List.copyOf(parts);
  }

  /** A gradient of a method that mixes modules, whose words and error are not known. */
  public QueryGradient(float[] vector, String fingerprint, List<Token> tokens) {
    this(vector, fingerprint, tokens, List.of(), List.of(), EARLIER_VERSION);
  }

  /** Returns this gradient with the words of its tokens. */
  public QueryGradient withWords(List<Word> ofTokens) {
    return new QueryGradient(vector, fingerprint, tokens, ofTokens, parts, error);
  }

  /** Returns this gradient with the parts of its modules. */
  public QueryGradient withParts(List<ModulePart> ofModules) {
    return new QueryGradient(vector, fingerprint, tokens, words, ofModules, error);
  }

  /** Returns this gradient with another error. */
  public QueryGradient withError(InfluenceError other) {
    return new QueryGradient(vector, fingerprint, tokens, words, parts, other);
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
        tokens.stream().map(token -> new Token(token.text(), token.selected(), null)).toList(),
        words,
        parts,
        error);
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
