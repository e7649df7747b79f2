package org.rapidin.attribution.service;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.Word;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TokenizedText;

/**
 * The completion's tokens and which of them a query is about.
 *
 * @param text the sample's tokens
 * @param tokens index of each completion token in the text
 * @param selected for each completion token whether it counts; at least one does
 */
record SelectedTokens(TokenizedText text, int[] tokens, boolean[] selected) {

  /**
   * Finds the selected tokens of a text that was not cut off.
   *
   * @throws IllegalArgumentException if the selection is empty or not in the completion
   */
  static SelectedTokens of(Sample sample, TokenizedText text, TokenSelection selection) {
    int[] tokens =
        IntStream.range(0, text.ids().length).filter(t -> text.completion()[t]).toArray();
    boolean[] selected = new boolean[tokens.length];
    switch (selection) {
      case TokenSelection.All() -> Arrays.fill(selected, true);
      case TokenSelection.Span(String span) -> selectSpan(sample, text, tokens, span, selected);
      case TokenSelection.Spans(List<String> spans) ->
          spans.forEach(span -> selectSpan(sample, text, tokens, span, selected));
      case TokenSelection.Positions(List<Integer> positions) ->
          selectPositions(positions, selected);
    }
    return new SelectedTokens(text, tokens, selected);
  }

  /**
   * Returns how many tokens a selection can have: a token has a character at least, as a rule.
   *
   * @param maxTokens of prompt and completion
   */
  static int atMost(int maxTokens, Sample generation, TokenSelection selection) {
    int selected =
        switch (selection) {
          case TokenSelection.All() -> generation.completion().length();
          case TokenSelection.Span(String text) -> text.length();
          case TokenSelection.Spans(List<String> texts) ->
              texts.stream().mapToInt(String::length).sum();
          case TokenSelection.Positions(List<Integer> positions) -> positions.size();
        };
    return Math.min(maxTokens, selected);
  }

  private static void selectSpan(
      Sample sample, TokenizedText text, int[] tokens, String span, boolean[] selected) {
    int found = sample.completion().indexOf(span);
    if (span.isEmpty() || found < 0) {
      throw new IllegalArgumentException(
          span.isEmpty()
              ? "tokens is an empty text: name a part of the completion"
              : "tokens has a text of %s characters that does not occur in the completion"
                  .formatted(span.length()));
    }
    int start = sample.prompt().length() + found;
    int end = start + span.length();
    int[] overlapping =
        IntStream.range(0, tokens.length)
            .filter(i -> text.starts()[tokens[i]] < end && text.ends()[tokens[i]] > start)
            .toArray();
    for (int i : overlapping) {
      selected[i] = true;
    }
    if (overlapping.length == 0) {
      throw new IllegalArgumentException(
          "tokens has a text of %s characters without a whole token of this model: name a longer part"
              .formatted(span.length()));
    }
  }

  private static void selectPositions(List<Integer> positions, boolean[] selected) {
    if (positions.isEmpty()) {
      throw new IllegalArgumentException("tokens is an empty list: name at least one position");
    }
    for (int position : positions) {
      if (position < 0 || position >= selected.length) {
        throw new IllegalArgumentException(
            "tokens has position %s, the completion has %s tokens, counted from 0"
                .formatted(position, selected.length));
      }
      selected[position] = true;
    }
  }

  /** Indices in the text of the selected tokens, ascending. */
  int[] positions() {
    return IntStream.range(0, tokens.length).filter(i -> selected[i]).map(i -> tokens[i]).toArray();
  }

  /** The sequence with the mean loss of the selected tokens. */
  WeightedSequence meanLoss() {
    return meanLoss(text, positions());
  }

  /** A sequence with the mean loss of some of its tokens. */
  static WeightedSequence meanLoss(TokenizedText text, int[] positions) {
    float[] weights = new float[text.ids().length];
    for (int position : positions) {
      weights[position] = 1f / positions.length;
    }
    return new WeightedSequence(text.ids(), weights);
  }

  /** A sequence with the mean loss of its completion. */
  static WeightedSequence meanLoss(TokenizedText text) {
    boolean[] completion = text.completion();
    return meanLoss(
        text, IntStream.range(0, completion.length).filter(t -> completion[t]).toArray());
  }

  /** The characters of completion token i that belong to the completion. */
  String characters(Sample sample, int i) {
    return sample.completion().substring(start(sample, i), end(sample, i));
  }

  private int start(Sample sample, int i) {
    return Math.max(0, text.starts()[tokens[i]] - sample.prompt().length());
  }

  private int end(Sample sample, int i) {
    return text.ends()[tokens[i]] - sample.prompt().length();
  }

  /** The words that the completion tokens are parts of. */
  List<Word> words(Sample sample) {
    int[] starts = new int[tokens.length];
    int[] ends = new int[tokens.length];
    boolean[] special = new boolean[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      starts[i] = start(sample, i);
      ends[i] = end(sample, i);
      special[i] = text.special()[tokens[i]];
    }
    return CompletionWords.of(sample.completion(), starts, ends, special);
  }
}
