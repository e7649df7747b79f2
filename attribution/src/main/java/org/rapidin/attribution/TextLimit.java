package org.rapidin.attribution;

/**
 * How many characters (UTF-16 units) of a text are read for a limit of tokens. A longer text is cut
 * before it is copied, sent or tokenized, so that its cost depends on the limit and not on the
 * text.
 *
 * @param maxTokens tokens that are used
 */
public record TextLimit(int maxTokens) {
  /**
   * Characters that one token may stand for. The longest token of published vocabularies is a run
   * of 128 to 512 spaces or dashes; only an unknown word can be longer.
   */
  private static final int CHARACTERS_PER_TOKEN = 1024;

  /** Characters of prompt and completion together that are read. */
  public int characters() {
    return (int) Math.min(Integer.MAX_VALUE - 16, (long) maxTokens * CHARACTERS_PER_TOKEN);
  }

  /** Whether the sample has more characters than are read. */
  public boolean isExceededBy(Sample sample) {
    return sample.characters() > characters();
  }

  /**
   * Cuts a sample off just above the limit, so that it can still be told that it was longer. The
   * completion keeps at least one character if it has any.
   *
   * @return the same sample if it is within the limit
   */
  public Sample clip(Sample sample) {
    if (!isExceededBy(sample)) {
      return sample;
    }
    String prompt = clip(sample.prompt(), characters() + 1);
    int left = Math.max(1, characters() + 1 - prompt.length());
    return new Sample(prompt, clip(sample.completion(), left));
  }

  /** The first characters of a text, at least that many if it has them; keeps pairs together. */
  private static String clip(String text, int characters) {
    if (text.length() <= characters) {
      return text;
    }
    boolean splitsPair =
        Character.isHighSurrogate(text.charAt(characters - 1))
            && Character.isLowSurrogate(text.charAt(characters));
    return text.substring(0, splitsPair ? characters + 1 : characters);
  }
}
