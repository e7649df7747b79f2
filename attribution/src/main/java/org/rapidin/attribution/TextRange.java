package org.rapidin.attribution;

/**
 * A part of a text.
 *
 * @param start index of its first character (UTF-16 unit), at least 0
 * @param end index after its last character, more than the start
 */
public record TextRange(int start, int end) {
  public TextRange {
    if (start < 0 || end <= start) {
      throw new IllegalArgumentException("[%s, %s) is not a range of a text".formatted(start, end));
    }
  }
}
