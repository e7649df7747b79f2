package org.rapidin.attribution;

import java.util.List;

/**
 * The parts that the tokens of a training document have in its inner products with some vectors. A
 * document's gradient is that of the mean loss of its completion's tokens, so it is a sum over
 * them; so are its inner products, up to rounding.
 *
 * @param tokens the characters of each token that carries loss, in order
 * @param influences one array per token, with one number per vector: over the tokens they add up to
 *     the inner product of the document's vector with that vector
 * @param truncated whether tokens beyond the attributor's limit were cut off, as when the document
 *     was indexed
 * @param words what the tokens are parts of; empty if it is not known
 */
public record TrainingTokens(
    List<String> tokens, double[][] influences, boolean truncated, List<Word> words) {
  public TrainingTokens {
    tokens = List.copyOf(tokens);
    words = List.copyOf(words);
    Word.requireTiles(words, tokens.size());
    if (influences.length != tokens.size()) {
      throw new IllegalArgumentException(
          "%s tokens have %s rows of influences".formatted(tokens.size(), influences.length));
    }
  }
}
