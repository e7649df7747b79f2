package org.rapidin.attribution.model.torch;

/**
 * A prompt and its completion as tokens.
 *
 * @param ids token ids, length T
 * @param completion length T: whether the token ends after the prompt; never the first token
 * @param starts length T: index of each token's first char (UTF-16) in prompt + completion
 * @param ends length T: index after its last char; equals the start where a token has no text
 * @param special length T: whether it is a special token, spelled by the text or added to it
 * @param cutTokens tokens beyond the limit that were cut off, at least 1 if any; of a long text
 *     only those that were looked at
 */
public record TokenizedText(
    long[] ids, boolean[] completion, int[] starts, int[] ends, boolean[] special, int cutTokens) {

  /** Whether tokens were cut off. */
  public boolean truncated() {
    return cutTokens > 0;
  }

  /** The same tokens of a text whose end was cut off before it was tokenized. */
  public TokenizedText cut() {
    return new TokenizedText(ids, completion, starts, ends, special, Math.max(1, cutTokens));
  }

  /** Index after the last char of the last token. */
  int lastEnd() {
    return ends[ends.length - 1];
  }

  /** Number of tokens of the completion. */
  public int completionTokens() {
    int count = 0;
    for (boolean is : completion) {
      count += is ? 1 : 0;
    }
    return count;
  }
}
