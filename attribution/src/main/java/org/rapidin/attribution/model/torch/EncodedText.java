package org.rapidin.attribution.model.torch;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.Arrays;
import java.util.Set;

/**
 * All tokens of a text, with those that the tokenizer added.
 *
 * @param ids token ids, length n
 * @param starts length n: index of each token's first char (UTF-16)
 * @param ends length n: index after its last char
 * @param addedBefore tokens that the tokenizer added before the text
 * @param addedAfter tokens that it added after the text
 * @param firstIsGiven whether the text itself begins with what the tokenizer would have added
 */
record EncodedText(
    long[] ids, int[] starts, int[] ends, int addedBefore, int addedAfter, boolean firstIsGiven) {

  /**
   * Tokenizes a text.
   *
   * @param text what positions refer to
   * @param read what the tokenizer is given: the same number of code points
   * @throws IllegalArgumentException if the text is not valid Unicode
   */
  static EncodedText of(HuggingFaceTokenizer tokenizer, String text, String read) {
    int[] chars = charIndex(text);
    Encoding encoding = tokenizer.encode(read, true, false);
    long[] ids = encoding.getIds();
    CharSpan[] spans = encoding.getCharTokenSpans();
    int[] starts = new int[ids.length];
    int[] ends = new int[ids.length];
    int before = 0;
    while (before < ids.length && spans[before] == null) {
      before++;
    }
    int after = 0;
    for (int t = before; t < ids.length; t++) {
      if (spans[t] == null) {
        starts[t] = ends[t] = text.length();
        after++;
      } else {
        starts[t] = chars[spans[t].getStart()];
        ends[t] = chars[spans[t].getEnd()];
      }
    }
    return new EncodedText(ids, starts, ends, before, after, false);
  }

  /**
   * Drops the tokens that the tokenizer added where the text spells them itself: a rendered chat
   * template begins with the first token, which the tokenizer would add a second time.
   */
  EncodedText withoutRepeatedEnds() {
    int given = ids.length - addedAfter;
    boolean beginsWith = given >= 2 * addedBefore && equal(0, addedBefore, addedBefore);
    boolean endsWith =
        given >= addedBefore + addedAfter && equal(given - addedAfter, given, addedAfter);
    int drop = beginsWith ? addedBefore : 0;
    int last = endsWith ? given : ids.length;
    if (drop == 0 && last == ids.length) {
      return this;
    }
    return new EncodedText(
        Arrays.copyOfRange(ids, drop, last),
        Arrays.copyOfRange(starts, drop, last),
        Arrays.copyOfRange(ends, drop, last),
        addedBefore - drop,
        addedAfter - (ids.length - last),
        drop > 0);
  }

  private boolean equal(int from, int other, int count) {
    return Arrays.equals(ids, from, from + count, ids, other, other + count);
  }

  /**
   * The first tokens, and which of them belong to the completion.
   *
   * @param promptLength chars of the prompt
   * @param maxTokens that are kept
   * @param specialIds ids of special tokens
   */
  TokenizedText tokens(int promptLength, int maxTokens, Set<Long> specialIds) {
    int kept = Math.min(ids.length, maxTokens);
    boolean[] completion = new boolean[kept];
    boolean[] special = new boolean[kept];
    for (int t = 0; t < kept; t++) {
      completion[t] = ends[t] > promptLength && !(t == 0 && firstIsGiven);
      boolean added = t < addedBefore || t >= ids.length - addedAfter;
      special[t] = added || specialIds.contains(ids[t]);
    }
    return new TokenizedText(
        Arrays.copyOf(ids, kept),
        completion,
        Arrays.copyOf(starts, kept),
        Arrays.copyOf(ends, kept),
        special,
        ids.length - kept);
  }

  /** UTF-16 index of each code point, which is what the tokenizer counts; and of the end. */
  private static int[] charIndex(String text) {
    int[] index = new int[text.codePointCount(0, text.length()) + 1];
    int chars = 0;
    for (int point = 0; point < index.length - 1; point++) {
      index[point] = chars;
      int codePoint = text.codePointAt(chars);
      if (codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE) {
        throw new IllegalArgumentException(
            "the text is not valid Unicode: half a surrogate pair at char %s".formatted(chars));
      }
      chars += Character.charCount(codePoint);
    }
    index[index.length - 1] = chars;
    return index;
  }
}
