package org.rapidin.attribution;

import java.util.List;

/**
 * Consecutive tokens of a completion that are a word, with the white space before it. Words tile
 * the tokens: each token is in one.
 *
 * @param text the characters of the tokens; empty for a special token that the text does not spell
 * @param tokens how many, at least 1
 */
public record Word(String text, int tokens) {
  public Word {
    if (tokens < 1) {
      throw new IllegalArgumentException("a word has %s tokens, not at least 1".formatted(tokens));
    }
  }

  /**
   * Checks that words tile a text.
   *
   * @param words empty if they are not known
   * @param tokens of the text
   * @throws IllegalArgumentException if they have another number of tokens
   */
  static void requireTiles(List<Word> words, int tokens) {
    int sum = words.stream().mapToInt(Word::tokens).sum();
    if (!words.isEmpty() && sum != tokens) {
      throw new IllegalArgumentException(
          "words of %s tokens for a text of %s".formatted(sum, tokens));
    }
  }
}
