package org.rapidin.attribution.model.torch;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.TextRange;

/**
 * Finds the names of a tokenizer's special tokens in texts. Each has a stand-in of private-use
 * characters with as many code points, so that positions stay the same when names are replaced.
 */
final class SpecialNames {
  /** Planes 15 and 16 are for private use; these are the last of plane 16 but two noncharacters. */
  private static final int FIRST_STAND_IN = 0x10F000;

  private static final int FILLER = 0x10FFFD;

  private final Map<String, String> standIns = new LinkedHashMap<>();
  private final Map<Character, List<String>> byFirstChar = new HashMap<>();
  private final int longest;

  /**
   * @param names not empty strings, fewer than 4,000
   */
  SpecialNames(Iterable<String> names) {
    int next = FIRST_STAND_IN;
    for (String name : names) {
      if (next >= FILLER) {
        throw new IllegalArgumentException(
            "the tokenizer has more special tokens than the %s that are supported"
                .formatted(FILLER - FIRST_STAND_IN));
      }
      int codePoints = name.codePointCount(0, name.length());
      standIns.put(
          name, Character.toString(next++) + Character.toString(FILLER).repeat(codePoints - 1));
      byFirstChar.computeIfAbsent(name.charAt(0), first -> new ArrayList<>()).add(name);
    }
    byFirstChar
        .values()
        .forEach(same -> same.sort(Comparator.comparing(String::length).reversed()));
    longest = standIns.keySet().stream().mapToInt(String::length).max().orElse(0);
  }

  /** Name to stand-in. */
  Map<String, String> standIns() {
    return standIns;
  }

  /** Whether a name is spelled at least partly in one of the ranges. */
  boolean appearIn(String text, List<TextRange> ranges) {
    for (TextRange range : ranges) {
      int end = Math.min(range.end(), text.length());
      for (int i = Math.max(0, range.start() - longest + 1); i < end; i++) {
        String name = nameAt(text, i);
        if (name != null && i + name.length() > range.start()) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Replaces by their stand-ins the names that are spelled entirely outside of the ranges.
   *
   * @throws IllegalArgumentException if the text has characters of a stand-in itself
   */
  String replaceOutside(String text, List<TextRange> ranges) {
    if (text.codePoints().anyMatch(c -> c >= FIRST_STAND_IN)) {
      throw new IllegalArgumentException(
          "the text spells a special token in a field and has private-use characters above U+10F000, which are needed to tell the two apart: remove one of them");
    }
    StringBuilder result = new StringBuilder(text.length());
    int next = 0;
    for (int i = 0; i < text.length(); ) {
      while (next < ranges.size() && ranges.get(next).end() <= i) {
        next++;
      }
      String name = nameAt(text, i);
      boolean outside =
          name != null && (next == ranges.size() || ranges.get(next).start() >= i + name.length());
      if (outside) {
        result.append(standIns.get(name));
        i += name.length();
      } else {
        result.append(text.charAt(i++));
      }
    }
    return result.toString();
  }

  /** The longest name that begins at a position, or null. */
  private String nameAt(String text, int i) {
    for (String name : byFirstChar.getOrDefault(text.charAt(i), List.of())) {
      if (text.startsWith(name, i)) {
        return name;
      }
    }
    return null;
  }
}
