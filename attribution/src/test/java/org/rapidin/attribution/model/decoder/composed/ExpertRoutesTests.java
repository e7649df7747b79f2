package org.rapidin.attribution.model.decoder.composed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpertRoutesTests {

  /** Following a token's place leads to an expert that it chose, at a slot that holds it. */
  @Test
  void everyChoiceIsAtItsPlaceInItsOwnRow() {
    Random random = new Random(1);
    for (int trial = 0; trial < 200; trial++) {
      int rows = 1 + random.nextInt(4);
      int length = 1 + random.nextInt(6);
      int experts = 1 + random.nextInt(5);
      int perToken = 1 + random.nextInt(experts);
      long[] chosen = chosen(random, rows * length, experts, perToken);
      ExpertRoutes routes = new ExpertRoutes(chosen, rows, length, experts);
      for (int i = 0; i < chosen.length; i++) {
        int token = i / perToken;
        long place = routes.places()[i];
        int expert = 0;
        while (place >= routes.tokens(expert).length) {
          place -= routes.tokens(expert++).length;
        }
        assertEquals(chosen[i], expert);
        assertEquals(token, routes.tokens(expert)[(int) place]);
        assertEquals(token / length, place / routes.width(expert), "in the block of its row");
        assertTrue(place % routes.width(expert) <= token % length, "in the order of positions");
      }
    }
  }

  private static long[] chosen(Random random, int tokens, int experts, int perToken) {
    long[] chosen = new long[tokens * perToken];
    for (int token = 0; token < tokens; token++) {
      long[] some = random.longs(0, experts).distinct().limit(perToken).toArray();
      System.arraycopy(some, 0, chosen, token * perToken, perToken);
    }
    return chosen;
  }

  @Test
  void anExpertThatNobodyChoseIsGivenOneTokenOfEachRow() {
    ExpertRoutes routes = new ExpertRoutes(new long[] {0, 0, 0, 0}, 2, 2, 2);
    assertEquals(2, routes.width(0));
    assertEquals(1, routes.width(1));
    assertEquals(2, routes.tokens(1).length);
  }
}
