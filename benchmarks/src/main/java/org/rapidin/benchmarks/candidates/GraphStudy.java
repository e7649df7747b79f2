package org.rapidin.benchmarks.candidates;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.Sample;
import org.rapidin.benchmarks.node.BenchNode;
import org.rapidin.benchmarks.node.BulkRun;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.benchmarks.text.TextOptions;

/**
 * Recall and time of candidates by {@code hnsw} through REST, next to exact searches of the same
 * segment. Segments with fewer than 50,000 documents have no graph: their codes are scanned.
 */
final class GraphStudy {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TOP = 10;
  private static final int[] OVERSAMPLE = {1, 3, 10, 30, 100};
  private static final int EXACT = 0;

  private final TextOptions texts;
  private final List<String> documents;
  private final List<Sample> queries;

  /**
   * @param documents that are indexed
   * @param queries samples of other documents
   */
  GraphStudy(TextOptions texts, List<String> documents, List<Sample> queries) {
    this.texts = texts;
    this.documents = documents;
    this.queries = queries;
  }

  /** What a search found and took. */
  private record Found(Set<String> ids, double millis) {}

  void run(Report report) throws IOException, InterruptedException {
    report.section("Candidates by hnsw through REST, %,d documents".formatted(documents.size()));
    try (BenchNode node = BenchNode.start("graph", texts.model(), "2g", Map.of())) {
      node.createIndex(texts.attributor(), 1, JSON.createObjectNode().put("candidates", "hnsw"));
      BulkRun.Result stored = new BulkRun(node.client(), BenchNode.NAME).send(documents, 64, 2);
      long begin = System.nanoTime();
      String index = "/" + BenchNode.NAME;
      node.client().send("POST", index + "/_forcemerge?max_num_segments=1", null);
      node.client().send("POST", index + "/_refresh", null);
      report.note(
          "Stored in %.0f s, merged into one segment in %.0f s."
              .formatted(stored.seconds(), (System.nanoTime() - begin) / 1e9));
      measure(node, report);
    }
  }

  private void measure(BenchNode node, Report report) throws IOException, InterruptedException {
    List<Found> exact = new ArrayList<>();
    for (Sample query : queries) {
      search(node, query, EXACT); // The node keeps the gradient from now on.
      exact.add(search(node, query, EXACT));
    }
    double ofExact = median(exact);
    report.add(report.row("exact").put("p50 ms", ofExact));
    for (int oversample : OVERSAMPLE) {
      JsonNode before = node.stats().path("candidates");
      List<Found> candidates = new ArrayList<>();
      for (Sample query : queries) {
        candidates.add(search(node, query, oversample));
      }
      JsonNode after = node.stats().path("candidates");
      ObjectNode row = report.row("hnsw").put("scored exactly", TOP * oversample);
      row.put("recall@10 in %", 100 * recall(exact, candidates));
      row.put("p50 ms", median(candidates)).put("speed of exact", ofExact / median(candidates));
      for (String count : List.of("searched_graphs", "abandoned_graphs", "visited_codes")) {
        double difference = after.path(count).asLong() - before.path(count).asLong();
        row.put(count.replace('_', ' ') + " a search", difference / queries.size());
      }
      report.add(row);
    }
  }

  private static double recall(List<Found> exact, List<Found> candidates) {
    int found = 0;
    for (int i = 0; i < exact.size(); i++) {
      Set<String> both = new HashSet<>(candidates.get(i).ids());
      both.retainAll(exact.get(i).ids());
      found += both.size();
    }
    return (double) found / TOP / exact.size();
  }

  /**
   * @param oversample of candidates, or {@link #EXACT}
   */
  private static Found search(BenchNode node, Sample query, int oversample)
      throws IOException, InterruptedException {
    ObjectNode search = JSON.createObjectNode().put("_source", false).put("size", TOP);
    ObjectNode influence = search.putObject("query").putObject("influence").putObject("gradient");
    influence.put("prompt", query.prompt()).put("completion", query.completion());
    if (oversample != EXACT) {
      influence.put("mode", "candidates").put("k", TOP).put("oversample", oversample);
    }
    long begin = System.nanoTime();
    JsonNode hits =
        node.client().send("POST", "/" + BenchNode.NAME + "/_search", search.toString());
    double millis = (System.nanoTime() - begin) / 1e6;
    Set<String> ids = new HashSet<>();
    hits.at("/hits/hits").forEach(hit -> ids.add(hit.path("_id").asText()));
    return new Found(ids, millis);
  }

  private static double median(List<Found> searches) {
    double[] sorted = searches.stream().mapToDouble(Found::millis).sorted().toArray();
    return sorted[sorted.length / 2];
  }
}
