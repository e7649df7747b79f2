package org.rapidin.attribution.model.torch;

/**
 * How much of a long text has to be tokenized for its first tokens to be known.
 *
 * <p>The tokens of a prefix are those of the whole text except near the cut. There a token may be
 * split, or a run of digits or of white space, whose tokens can depend on where the run ends. So
 * only tokens are taken that end before any such run and several of the longest tokens before the
 * cut, because a merge depends on its neighbors; where a prefix has too few of them, a longer one
 * is tokenized. A text without an end of such a run, or with so long tokens, is cut where its
 * prefix has 16,384 characters more than usual: tokenizing a run takes about 6 µs, 128 bytes of
 * heap and 206 to 407 bytes of native memory a character.
 *
 * @param longestToken characters of the tokenizer's longest token
 * @param usualToken characters of a token, from which the first prefix to try is computed
 */
record TextPrefix(int longestToken, int usualToken) {
  /** Running text has about 4 characters per token, so that one prefix is nearly always enough. */
  private static final int USUAL_TOKEN = 8;

  private static final int GROWTH = 4;

  /** Characters that are read beyond the first prefix to find where its tokens have settled. */
  private static final int MAX_UNSETTLED = 1 << 14;

  /** Prefixes for a tokenizer whose longest token is known. */
  TextPrefix(int longestToken) {
    this(longestToken, Math.min(longestToken, USUAL_TOKEN));
  }

  /** Length of the first prefix to try. */
  int first(int maxTokens) {
    long length = (long) maxTokens * usualToken + 2L * margin();
    return (int) Math.min(Integer.MAX_VALUE, length);
  }

  /** Length of the longest prefix to try, at which a text is cut. */
  int longest(int maxTokens) {
    return (int) Math.min(Integer.MAX_VALUE, (long) first(maxTokens) + MAX_UNSETTLED);
  }

  /** Length of the prefix to try after one of the given length. */
  int next(int length, int maxTokens) {
    return (int) Math.min(longest(maxTokens), (long) length * GROWTH);
  }

  /**
   * The first characters of prompt and completion, without joining all of them.
   *
   * @param length less than both have together; one more is taken rather than half a pair
   */
  static String of(String prompt, String completion, int length) {
    int ofCompletion = length - prompt.length();
    String text =
        ofCompletion <= 0
            ? prompt.substring(0, length)
            : prompt.concat(completion.substring(0, ofCompletion));
    if (!Character.isHighSurrogate(text.charAt(length - 1))) {
      return text;
    }
    return text + (ofCompletion < 0 ? prompt.charAt(length) : completion.charAt(ofCompletion));
  }

  /** Tokens that end here or before have the same tokens in every longer text; 0 for none. */
  int settled(String prefix) {
    int end = prefix.length() - margin();
    while (end > 0 && isInRun(prefix.charAt(end - 1))) {
      end--;
    }
    return Math.max(0, end);
  }

  private static boolean isInRun(char c) {
    return Character.isWhitespace(c) || Character.isDigit(c);
  }

  /** WordPiece gives up on a word of 100 characters, so more than those must be in sight. */
  private int margin() {
    return 4 * longestToken + 128;
  }
}
