package org.rapidin.distribution;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Map;

/** Prints search results on a terminal. */
final class InfluenceReport {
  private static final int TEXT_WIDTH = 84;

  private final OpenSearchClient client;
  private final String index;
  private final PrintWriter out;
  private final TokenTint tint;

  /**
   * What a ranking shows.
   *
   * @param millis of the search
   * @param poisoned hits
   */
  record Ranking(int millis, int poisoned) {}

  /**
   * @param client of the node
   * @param index that is searched
   * @param out the terminal
   * @param colours whether the terminal shows colours
   */
  InfluenceReport(OpenSearchClient client, String index, PrintWriter out, boolean colours) {
    this.client = client;
    this.index = index;
    this.out = out;
    this.tint = new TokenTint(colours);
  }

  /**
   * Prints the ranking by influence, with the rank of each document in BM25's ranking of the same
   * text.
   *
   * @param tokens the generated words to ask about, or null for all
   */
  Ranking ranking(DemoGeneration generation, String tokens, int size)
      throws IOException, InterruptedException {
    Map<String, Integer> words = wordRanks(generation);
    JsonNode answer = search(generation.search(tokens, false, size).toString());
    out.printf(
        "  %4s %10s %7s %6s  %-8s %s%n", "rank", "influence", "score", "BM25", "", "document");
    int rank = 1;
    int poisoned = 0;
    for (JsonNode hit : answer.path("hits").path("hits")) {
      JsonNode source = hit.path("_source");
      Integer word = words.get(hit.path("_id").asText());
      out.printf(
          "  %4d %+10.3f %7.4f %6s  %s %s%n",
          rank++,
          hit.path("fields").path("influence").path(0).asDouble(),
          hit.path("_score").asDouble(),
          word == null ? "-" : "#" + word,
          source.path("poisoned").asBoolean() ? tint.alarm("POISONED") : "        ",
          shorten(source.path("instruction").asText() + " → " + source.path("output").asText()));
      poisoned += source.path("poisoned").asBoolean() ? 1 : 0;
    }
    int took = answer.path("took").asInt();
    out.printf("  (%d ms)%n", took);
    out.flush();
    return new Ranking(took, poisoned);
  }

  /** Prints the generation once for each of the best hits, tokens colored by its influence. */
  void tokens(DemoGeneration generation, int size) throws IOException, InterruptedException {
    JsonNode answer = search(generation.search(null, true, size).toString());
    for (JsonNode hit : answer.path("hits").path("hits")) {
      out.printf(
          "  document %s (%s)%n",
          hit.path("_id").asText(), shorten(hit.path("_source").path("instruction").asText()));
      out.println(
          "    " + tint.line(generation.completion(), hit.path("fields").path("influence_tokens")));
    }
    out.flush();
  }

  private Map<String, Integer> wordRanks(DemoGeneration generation)
      throws IOException, InterruptedException {
    Map<String, Integer> ranks = new HashMap<>();
    for (JsonNode hit : search(generation.wordSearch(2000).toString()).path("hits").path("hits")) {
      ranks.put(hit.path("_id").asText(), ranks.size() + 1);
    }
    return ranks;
  }

  private JsonNode search(String body) throws IOException, InterruptedException {
    return client.send("POST", "/" + index + "/_search", body);
  }

  private static String shorten(String text) {
    return text.length() <= TEXT_WIDTH ? text : text.substring(0, TEXT_WIDTH - 1) + "…";
  }
}
