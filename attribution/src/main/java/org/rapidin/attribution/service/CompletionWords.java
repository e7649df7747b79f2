package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.rapidin.attribution.Word;

/**
 * Joins the tokens of a completion to words. A word is a run of characters without white space, and
 * the white space before it belongs to it. A token decides by its first character that is not white
 * space; one that is in several words makes them one. A special token is a word by itself, and
 * tokens that have bytes of the same character are in the same word.
 */
final class CompletionWords {
  private final String text;
  private final int[] starts;
  private final int[] ends;
  private final boolean[] special;

  /** Index of the last character of the word that is not white space; -1 if there is none. */
  private int last = -1;

  private CompletionWords(String text, int[] starts, int[] ends, boolean[] special) {
    this.text = text;
    this.starts = starts;
    this.ends = ends;
    this.special = special;
  }

  /**
   * Returns the words in order.
   *
   * @param text the completion
   * @param starts index of each token's first char (UTF-16)
   * @param ends index after its last char; the start where a token has no text
   * @param special for each token whether it is a special token
   */
  static List<Word> of(String text, int[] starts, int[] ends, boolean[] special) {
    return new CompletionWords(text, starts, ends, special).words();
  }

  private List<Word> words() {
    List<Word> words = new ArrayList<>();
    int from = 0;
    for (int t = 0; t < starts.length; t++) {
      int first = firstInk(t);
      if (t > 0 && begins(t, first)) {
        words.add(word(from, t));
        from = t;
        last = -1;
      }
      if (first >= 0) {
        last = Math.max(last, lastInk(t));
      }
    }
    words.add(word(from, starts.length));
    return words;
  }

  /** Whether a token is not in the word of the one before it. */
  private boolean begins(int t, int first) {
    if (special[t] || special[t - 1]) {
      return true;
    }
    if (last < 0 || starts[t] < ends[t - 1]) {
      return false;
    }
    return first < 0 ? !isInsideWord(t) : hasWhiteSpace(last + 1, first);
  }

  /** Some tokenizers give all but one of a character's bytes no text. */
  private boolean isInsideWord(int t) {
    int at = starts[t];
    return at == ends[t] && at > 0 && !hasWhiteSpace(at - 1, Math.min(at + 1, text.length()));
  }

  private boolean hasWhiteSpace(int from, int to) {
    for (int i = from; i < to; i++) {
      if (Character.isWhitespace(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  private int firstInk(int t) {
    for (int i = starts[t]; i < ends[t]; i++) {
      if (!Character.isWhitespace(text.charAt(i))) {
        return i;
      }
    }
    return -1;
  }

  private int lastInk(int t) {
    int i = ends[t] - 1;
    while (Character.isWhitespace(text.charAt(i))) {
      i--;
    }
    return i;
  }

  private Word word(int from, int to) {
    int end = Arrays.stream(ends, from, to).max().getAsInt();
    return new Word(text.substring(starts[from], Math.max(starts[from], end)), to - from);
  }
}
