package org.rapidin.attribution;

import java.util.List;

/** Which generated tokens a query is about. Positions count completion tokens from 0. */
public sealed interface TokenSelection {

  /** The whole completion. */
  record All() implements TokenSelection {}

  /**
   * The tokens that overlap the first occurrence of a text in the completion.
   *
   * @param text not empty
   */
  record Span(String text) implements TokenSelection {}

  /**
   * The tokens that overlap the first occurrence of any of several texts in the completion.
   *
   * @param texts not empty, none of them empty
   */
  record Spans(List<String> texts) implements TokenSelection {
    public Spans {
      texts = List.copyOf(texts);
    }
  }

  /**
   * Tokens by position.
   *
   * @param positions not empty, each at least 0
   */
  record Positions(List<Integer> positions) implements TokenSelection {
    public Positions {
      positions = List.copyOf(positions);
    }
  }
}
