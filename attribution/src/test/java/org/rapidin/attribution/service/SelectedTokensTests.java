package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.torch.TokenizedText;

/** Which tokens a text span means, for a tokenizer that drops blanks. */
class SelectedTokensTests {
  private static final Sample SAMPLE = new Sample("q", "ab cd");
  private static final TokenizedText TEXT =
      new TokenizedText(
          new long[] {1, 2, 3},
          new boolean[] {false, true, true},
          new int[] {0, 1, 4},
          new int[] {1, 3, 6},
          new boolean[3],
          0);

  @Test
  void aSpanMeansTheTokensThatItTouches() {
    assertArrayEquals(new int[] {1}, positions("b"));
    assertArrayEquals(new int[] {1, 2}, positions("b c"));
  }

  @Test
  void aSpanWithoutATokenIsRefusedWithTheFix() {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> positions(" "));
    assertEquals(
        "tokens has a text of 1 characters without a whole token of this model: name a longer part",
        refused.getMessage());
  }

  private static int[] positions(String span) {
    return SelectedTokens.of(SAMPLE, TEXT, new TokenSelection.Span(span)).positions();
  }
}
