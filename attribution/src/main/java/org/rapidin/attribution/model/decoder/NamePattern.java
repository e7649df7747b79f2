package org.rapidin.attribution.model.decoder;

import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression from an adapter's configuration, which is untrusted: a match that takes too
 * many steps is refused. Safe for several threads.
 */
final class NamePattern {
  private static final int MAX_LENGTH = 4096;

  /** An ordinary match of a module's name reads each of its characters a few times. */
  private static final int MAX_STEPS = 100_000;

  private final String source;
  private final Pattern pattern;

  /**
   * @param key of the pattern, for errors
   * @throws IllegalArgumentException if it is not a regular expression, or too long
   */
  NamePattern(String key, String source) {
    if (source.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "%s: the pattern has %s characters, at most %s are accepted"
              .formatted(key, source.length(), MAX_LENGTH));
    }
    this.source = source;
    try {
      this.pattern = Pattern.compile(source);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "%s: [%s] is not a regular expression: %s".formatted(key, source, e.getDescription()), e);
    }
  }

  /**
   * Whether the whole name matches.
   *
   * @throws IllegalArgumentException if that takes too many steps
   */
  boolean matches(String name) {
    return pattern.matcher(new CountedText(name, new int[1])).matches();
  }

  /**
   * The match at the start of a name, if there is one.
   *
   * @throws IllegalArgumentException if finding it takes too many steps
   */
  Optional<MatchResult> start(String name) {
    Matcher matcher = pattern.matcher(new CountedText(name, new int[1]));
    return matcher.lookingAt() ? Optional.of(matcher.toMatchResult()) : Optional.empty();
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
            "the pattern [%s] takes too many steps to match [%s]".formatted(source, text));
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
