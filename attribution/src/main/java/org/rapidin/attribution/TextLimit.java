package org.rapidin.attribution;

/**
 * How many characters (UTF-16 units) of a text are read for a limit of tokens. A longer text is cut
 * before it is copied, sent or tokenized, so that its cost depends on the limit and not on the
 * text.
 *
 * @param maxTokens tokens that are used, at least 1
 * @param ceiling characters that are never exceeded, at least 1; a text that needs more is refused,
 *     because the ceiling may differ between nodes and must not change a vector
 */
public record TextLimit(int maxTokens, int ceiling) {
  /**
   * Characters that one token may stand for. The longest token of published vocabularies is a run
   * of 128 to 512 spaces or dashes; only an unknown word can be longer.
   */
  private static final int CHARACTERS_PER_TOKEN = 1024;

  /** Leaves room for one character more in an array. */
  private static final int MAX_CEILING = Integer.MAX_VALUE - 16;

  public TextLimit {
    if (maxTokens < 1 || ceiling < 1 || ceiling > MAX_CEILING) {
      throw new IllegalArgumentException(
          "max_tokens and ceiling must be 1 or more, got %s and %s".formatted(maxTokens, ceiling));
    }
  }

  /** The limit without a ceiling. */
  public TextLimit(int maxTokens) {
    this(maxTokens, MAX_CEILING);
  }

  /** Characters of prompt and completion together that are read. */
  public int characters() {
    return (int) Math.min(ceiling, (long) maxTokens * CHARACTERS_PER_TOKEN);
  }

  /**
   * Cuts a sample off just above the limit, so that it can still be seen that it was longer. The
   * completion keeps at least one character if it has any.
   *
   * @return the same sample if it is within the limit
   */
  public Sample clip(Sample sample) {
    if (sample.characters() <= characters()) {
      return sample;
    }
    String prompt = start(sample.prompt(), promptCharacters());
    String completion = start(sample.completion(), completionCharacters(prompt));
    boolean promptIsCut = prompt.length() < sample.prompt().length();
    int end = prompt.length() + (promptIsCut ? 0 : completion.length());
    return new Sample(
        prompt,
        completion,
        sample.fieldText().stream()
            .filter(range -> range.start() < end)
            .map(range -> new TextRange(range.start(), Math.min(range.end(), end)))
            .toList());
  }

  /** Characters of a prompt that are kept when a sample is cut. */
  int promptCharacters() {
    return characters() + 1;
  }

  /** Characters of a completion that are kept when a sample is cut. */
  int completionCharacters(String prompt) {
    return Math.max(1, characters() + 1 - prompt.length());
  }

  /**
   * Refuses a sample that cannot be used in part.
   *
   * @throws IllegalArgumentException if it has more characters than are read
   */
  public void requireWhole(Sample sample) {
    requireCeiling(sample);
    if (sample.characters() > characters()) {
      throw new IllegalArgumentException(
          "prompt and completion have %s characters; with max_tokens %s at most %s are read: shorten them"
              .formatted(sample.characters(), maxTokens, characters()));
    }
  }

  /**
   * Refuses a sample of which more would have to be read than the ceiling.
   *
   * @throws IllegalArgumentException if it is one
   */
  public void requireCeiling(Sample sample) {
    if (sample.characters() > ceiling && characters() == ceiling) {
      throw new IllegalArgumentException(
          "prompt and completion have more than %s characters, the most that a text may have on this node: shorten them, or raise plugins.rapidin.text.max_characters"
              .formatted(ceiling));
    }
  }

  /** The first characters of a text, at least that many if it has them; keeps pairs together. */
  static String start(String text, int characters) {
    if (text.length() <= characters) {
      return text;
    }
    boolean splitsPair =
        characters > 0
            && Character.isHighSurrogate(text.charAt(characters - 1))
            && Character.isLowSurrogate(text.charAt(characters));
    return text.substring(0, splitsPair ? characters + 1 : characters);
  }
}
