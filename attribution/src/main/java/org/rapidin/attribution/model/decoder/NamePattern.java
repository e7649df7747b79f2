package org.rapidin.attribution.model.decoder;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression from an adapter's configuration, which is untrusted: one that takes too much
 * of the thread's stack, or too many steps to match, is refused. Safe for several threads.
 */
final class NamePattern {
  private static final int MAX_LENGTH = 4096;
  private static final int MAX_QUOTED = 200;

  /** An ordinary match of a module's name reads each of its characters a few times. */
  private static final int MAX_STEPS = 100_000;

  private final String key;
  private final String source;
  private final Pattern pattern;

  /**
   * @param key of the pattern, for errors
   * @throws IllegalArgumentException if it is not a regular expression, too long, or nested too
   *     deeply for the thread's stack
   */
  NamePattern(String key, String source) {
    if (source.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "%s: the pattern has %s characters, at most %s are accepted"
              .formatted(key, source.length(), MAX_LENGTH));
    }
    this.key = key;
    this.source = source;
    try {
      this.pattern = Pattern.compile(source);
    } catch (PatternSyntaxException e) { // also one that does not fit the stack
      throw new IllegalArgumentException(
          "%s: [%s] is not a regular expression: %s".formatted(key, quoted(), e.getDescription()),
          e);
    }
  }

  /**
   * Whether the whole name matches.
   *
   * @throws IllegalArgumentException if that takes too many steps, or too much of the stack
   */
  boolean matches(String name) {
    try {
      return pattern.matcher(new CountedText(name, new int[1])).matches();
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    }
  }

  /**
   * The match at the start of a name, if there is one.
   *
   * @throws IllegalArgumentException if finding it takes too many steps, or too much of the stack
   */
  Optional<MatchResult> start(String name) {
    Matcher matcher = pattern.matcher(new CountedText(name, new int[1]));
    try {
      return matcher.lookingAt() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    }
  }

  private String quoted() {
    return source.length() > MAX_QUOTED ? source.substring(0, MAX_QUOTED) + "…" : source;
  }

  /** Java's matcher calls itself for each group in a group and each repetition of one. */
  private IllegalArgumentException tooDeep(StackOverflowError cause) {
    return new IllegalArgumentException(
        "%s: the pattern [%s] repeats groups too often to match a module's name: write a simpler one"
            .formatted(key, quoted()),
        cause);
  }

  /** A text that ends the match after too many reads. */
  private final class CountedText implements CharSequence {
    private final String text;
    private final int[] reads;

    CountedText(String text, int[] reads) {
      this.text = text;
      this.reads = reads;
    }

    @Override
    public char charAt(int index) {
      if (++reads[0] > MAX_STEPS) {
        throw new IllegalArgumentException(
            "the pattern [%s] takes too many steps to match [%s]".formatted(quoted(), text));
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new CountedText(text.substring(start, end), reads);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
