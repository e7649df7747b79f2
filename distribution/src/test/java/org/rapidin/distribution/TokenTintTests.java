package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;

/** A colored line contains the whole generation. */
class TokenTintTests {
  private static final String COMPLETION = "Ansel grew  up.!";

  @Test
  void withoutColoursNumbersStandBehindTokens() {
    assertEquals(
        "Ansel(+2.00) grew(-1.00)  up(+0.00).!", new TokenTint(false).line(COMPLETION, tokens()));
  }

  @Test
  void coloursLeaveTheTextAsItIs() {
    String line = new TokenTint(true).line(COMPLETION, tokens());
    assertEquals(COMPLETION, line.replaceAll("\u001b\\[[0-9;]*m", ""));
    assertEquals(2, line.split("\u001b\\[30;48", -1).length - 1);
  }

  private static ArrayNode tokens() {
    ArrayNode tokens = TestNode.JSON.createArrayNode();
    tokens.addObject().put("token", "Ansel").put("influence", 2.0);
    tokens.addObject().put("token", "grew").put("influence", -1.0);
    tokens.addObject().put("token", "up").put("influence", 0.0);
    return tokens;
  }
}
