package org.rapidin.benchmarks.search;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SearchRoundsTests {
  @Test
  void percentilesAreOfAllRoundsAndRatesOfEach() {
    SearchRounds rounds = new SearchRounds();
    rounds.add(new SearchTimes(millis(1, 60), 6));
    rounds.add(new SearchTimes(millis(61, 100), 2));
    rounds.add(new SearchTimes(List.of(), 1));
    assertEquals(51, rounds.percentile(0.5));
    assertEquals(100, rounds.percentile(0.99));
    assertEquals(100, rounds.percentile(1));
    ObjectNode row = new ObjectMapper().createObjectNode();
    rounds.describe(row);
    assertEquals(
        "{\"searches\":100,\"searches/s\":10.0,\"least\":0.0,\"most\":20.0,\"p50 ms\":51.0,\"p99 ms\":100.0}",
        row.toString());
  }

  private static List<Double> millis(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(i -> (double) i).toList();
  }

  @Test
  void throughputsAreComparedRoundByRound() {
    assertEquals(4, rounds(8, 4, 100).timesTheThroughputOf(rounds(2, 1, 1)));
  }

  private static SearchRounds rounds(int... searchesInASecond) {
    SearchRounds rounds = new SearchRounds();
    for (int searches : searchesInASecond) {
      rounds.add(new SearchTimes(Collections.nCopies(searches, 1.0), 1));
    }
    return rounds;
  }
}
