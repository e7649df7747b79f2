package org.rapidin.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

class RoundsTests {
  @Test
  void ratiosAreThoseOfTheSameRound() {
    Rounds fast = rounds(1, 10, 2, 8);
    Rounds slow = rounds(2, 40, 6, 8);
    assertEquals(2.5, fast.timesFasterThan(slow), "the median of 2, 4, 3 and 1");
    assertEquals(5, fast.millis());
  }

  @Test
  void describesMedianAndSpread() {
    ObjectNode row = new ObjectMapper().createObjectNode();
    rounds(3, 1, 2).describe(row);
    assertEquals("{\"ms\":2.0,\"least\":1.0,\"most\":3.0,\"CPU ms\":4.0}", row.toString());
  }

  private static Rounds rounds(double... wallMillis) {
    Rounds rounds = new Rounds();
    for (double wall : wallMillis) {
      rounds.add(new Cost(wall, 2 * wall));
    }
    return rounds;
  }
}
