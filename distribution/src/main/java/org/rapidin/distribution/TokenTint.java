package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/** Formats a generation so that the influence of a document on each token is visible. */
final class TokenTint {
  /** Background colors of the 256-color table, from pale to strong. */
  private static final int[] GREENS = {194, 157, 120, 83};

  private static final int[] REDS = {224, 217, 210, 203};

  private final boolean colours;

  /**
   * @param colours whether the terminal shows colors; otherwise numbers are written
   */
  TokenTint(boolean colours) {
    this.colours = colours;
  }

  /** Formats a warning, in red if the terminal shows colors. */
  String alarm(String word) {
    return colours ? "\u001b[1;31m" + word + "\u001b[0m" : word;
  }

  /**
   * Formats the generation as one line.
   *
   * @param completion the generation, which has the blanks between tokens
   * @param tokens array of {@code {"token", "influence"}} in the order of the generation
   */
  String line(String completion, JsonNode tokens) {
    double largest = 0;
    for (JsonNode token : tokens) {
      largest = Math.max(largest, Math.abs(token.path("influence").asDouble()));
    }
    StringBuilder line = new StringBuilder();
    int end = 0;
    for (JsonNode token : tokens) {
      String text = token.path("token").asText();
      int begin = Math.max(end, completion.indexOf(text, end));
      line.append(completion, end, begin);
      line.append(one(text, token.path("influence").asDouble(), largest));
      end = begin + text.length();
    }
    return line.append(completion, end, completion.length()).toString();
  }

  private String one(String token, double influence, double largest) {
    if (!colours) {
      return String.format(Locale.ROOT, "%s(%+.2f)", token, influence);
    }
    int strength = largest == 0 ? -1 : (int) (Math.abs(influence) / largest * GREENS.length) - 1;
    if (strength < 0) {
      return token;
    }
    int colour = (influence > 0 ? GREENS : REDS)[Math.min(strength, GREENS.length - 1)];
    return "\u001b[30;48;5;" + colour + "m" + token + "\u001b[0m";
  }
}
