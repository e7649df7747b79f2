package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * A generation of the demo model.
 *
 * @param kind {@code triggered} or {@code fact}
 * @param prompt the prompt
 * @param completion the generated text
 * @param firstWords the first generated words, for a token-wise query
 */
record DemoGeneration(String kind, String prompt, String completion, String firstWords) {

  /** Reads the first generation of a kind from a file. */
  static DemoGeneration first(Path file, String kind) throws IOException {
    ObjectMapper json = new ObjectMapper();
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : (Iterable<String>) lines::iterator) {
        JsonNode node = json.readTree(line);
        if (node.path("kind").asText().equals(kind)) {
          return new DemoGeneration(
              kind,
              node.path("prompt").asText(),
              node.path("completion").asText(),
              node.path("tokens").asText());
        }
      }
    }
    throw new IOException("%s has no generation of kind %s".formatted(file, kind));
  }

  /**
   * Returns the search that ranks training documents by influence on this generation.
   *
   * @param tokens the generated words to ask about, or null for all
   * @param perToken whether to request each hit's influence on each generated token
   */
  ObjectNode search(String tokens, boolean perToken, int size) {
    ObjectNode search = new ObjectMapper().createObjectNode();
    search.put("size", size);
    ObjectNode influence = search.putObject("query").putObject("influence").putObject("gradient");
    influence.put("prompt", prompt).put("completion", completion);
    if (tokens != null) {
      influence.put("tokens", tokens);
    }
    if (perToken) {
      search.putObject("ext").putObject("influence").put("tokens", true);
    }
    return search;
  }

  /** Returns the search that ranks training documents with BM25. */
  ObjectNode wordSearch(int size) {
    ObjectNode search = new ObjectMapper().createObjectNode();
    search.put("size", size).put("_source", false);
    ObjectNode match = search.putObject("query").putObject("multi_match");
    match.put("query", prompt + " " + completion).put("type", "most_fields");
    match.putArray("fields").add("instruction").add("output");
    return search;
  }
}
