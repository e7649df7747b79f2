package org.rapidin.attribution.spec;

import java.util.function.Predicate;

/** Names as attributors give them: {@code *} stands for any text. */
public final class NamePattern {
  private NamePattern() {}

  /** Returns whether a name fits a pattern, in time of the product of both lengths at most. */
  public static Predicate<String> of(String pattern) {
    return name -> fits(pattern, name);
  }

  /** Of all stars only the last has to be tried with more text, as it can take what others left. */
  private static boolean fits(String pattern, String name) {
    int p = 0;
    int n = 0;
    int star = -1;
    int afterStar = 0; // what the last star does not take
    while (n < name.length()) {
      if (p < pattern.length() && pattern.charAt(p) == '*') {
        star = p++;
        afterStar = n;
      } else if (p < pattern.length() && pattern.charAt(p) == name.charAt(n)) {
        p++;
        n++;
      } else if (star >= 0) {
        p = star + 1;
        n = ++afterStar;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == '*') {
      p++;
    }
    return p == pattern.length();
  }
}
