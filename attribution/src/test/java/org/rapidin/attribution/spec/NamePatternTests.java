package org.rapidin.attribution.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class NamePatternTests {
  private static String random(Random random, String alphabet) {
    StringBuilder text = new StringBuilder();
    for (int length = random.nextInt(8); length > 0; length--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Test
  void aPatternFitsWhatTheSameRegularExpressionMatches() {
    Random random = new Random(1);
    int fits = 0;
    for (int i = 0; i < 100_000; i++) {
      String pattern = random(random, "ab.*");
      String name = random(random, "ab.");
      boolean expected = Pattern.matches(pattern.replace(".", "\\.").replace("*", ".*"), name);
      assertEquals(expected, NamePattern.of(pattern).test(name), pattern + " " + name);
      fits += expected ? 1 : 0;
    }
    assertTrue(fits > 1_000, fits + " fit");
  }

  /** A regular expression would try all ways to divide the name between the stars. */
  @Test
  @Timeout(10)
  void manyStarsTakeNoTime() {
    String name = "a".repeat(200);
    assertFalse(NamePattern.of("*a".repeat(40) + "*b").test(name));
    assertTrue(NamePattern.of("*".repeat(20_000)).test(name));
  }
}
