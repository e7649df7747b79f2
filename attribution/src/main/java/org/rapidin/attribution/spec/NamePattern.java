package org.rapidin.attribution.spec;

import java.util.Arrays;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Names as attributors give them: {@code *} stands for any text. */
public final class NamePattern {
  private NamePattern() {}

  /** Returns whether a name fits a pattern. */
  public static Predicate<String> of(String pattern) {
    return Pattern.compile(
            Arrays.stream(pattern.split("\\*", -1))
                .map(Pattern::quote)
                .collect(Collectors.joining(".*")))
        .asMatchPredicate();
  }
}
