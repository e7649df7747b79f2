package org.rapidin.benchmarks.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class BenchNodeTests {
  private final ObjectMapper json = new ObjectMapper();

  /** A busy node may not answer a request for statistics in time. */
  @Test
  void anAnswerWithoutTheNodeIsShown() throws IOException {
    assertEquals(
        7, BenchNode.only(json.readTree("{\"nodes\":{\"id\":{\"a\":7}}}")).path("a").asInt());
    String timedOut = "{\"_nodes\":{\"failed\":1},\"nodes\":{}}";
    IOException missing =
        assertThrows(IOException.class, () -> BenchNode.only(json.readTree(timedOut)));
    assertTrue(missing.getMessage().contains("\"failed\":1"), missing.getMessage());
  }
}
