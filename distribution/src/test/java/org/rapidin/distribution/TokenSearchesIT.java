package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Searches for the influence on every generated token in a cluster of three processes with 1 GB of
 * heap each. Such searches used to move several hundred megabytes and to end the node that
 * coordinated two of them.
 */
class TokenSearchesIT {
  private static final int NODES = 3;
  private static final int SHARDS = 30;
  private static final int SEARCHES = 16;
  private static final int HITS = 10;
  private static final long VECTOR_BYTES = 4L * 65_536;
  private static final long ROW_BYTES = 2L * 65_536 + 4;

  @TempDir private Path work;

  @Test
  void oneMovesAVectorPerNodeAndTheRowsOfItsHitsAndSixteenAtOnceEndNoNode() throws Exception {
    try (TestCluster cluster = new TestCluster(work, NODES, "1g")) {
      for (int i = 0; i < NODES; i++) {
        // Only one node has the model: for the others it keeps the vectors of tokens.
        cluster.start(i, i == 0);
      }
      TestNode first = cluster.node(0);
      first.get("/_cluster/health?wait_for_nodes=" + NODES + "&timeout=60s");
      fill(first);
      String completion = completion(first);
      for (int i = 0; i < NODES; i++) {
        String search = search("Q" + i, completion);
        long before = transportBytes(first);
        JsonNode answer = cluster.node(i).post("/train/_search", search);
        long moved = transportBytes(first) - before;
        int tokens = requireTokens(answer);
        System.out.printf("node-%d: %d tokens, %d hits, %d bytes moved%n", i, tokens, HITS, moved);
        assertTrue(tokens > 90, "only %d tokens".formatted(tokens));
        long limit = (1 + NODES) * VECTOR_BYTES + HITS * ROW_BYTES + (1 << 20);
        assertTrue(moved <= limit, "%d bytes moved, at most %d".formatted(moved, limit));
      }
      List<Integer> statuses = atOnce(cluster, completion);
      System.out.println("statuses of " + SEARCHES + " searches at once: " + statuses);
      assertTrue(statuses.stream().allMatch(status -> status == 200 || status == 429));
      for (int i = 0; i < NODES; i++) {
        requireTokens(cluster.node(i).post("/train/_search", search("Z", completion)));
      }
    }
  }

  private static void fill(TestNode node) throws Exception {
    node.createDemoIndex();
    node.delete("/train");
    node.put(
        "/train",
        """
        {"settings": {"index.number_of_shards": %d, "index.number_of_replicas": 0}}
        """
            .formatted(SHARDS));
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(60)));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
    node.get("/_cluster/health?wait_for_status=green&timeout=60s");
  }

  /** The longest text of which the model reads every token. */
  private static String completion(TestNode node) throws Exception {
    List<String> words =
        TestNode.documents(40).stream()
            .map(document -> document.path("output").asText())
            .flatMap(text -> List.of(text.split(" ")).stream())
            .toList();
    for (int count = Math.min(words.size(), 110); ; count -= 3) {
      String completion = words.stream().limit(count).collect(Collectors.joining(" "));
      try {
        node.post("/train/_search", search("Q99", completion));
        return completion;
      } catch (ApiException tooLong) {
        assertEquals(400, tooLong.status(), tooLong.getMessage());
        assertTrue(count > 1, tooLong.getMessage());
      }
    }
  }

  private static String search(String prompt, String completion) {
    ObjectNode body = TestNode.sample("User: " + prompt + "\nModel: ", completion);
    return """
        {"size": %d, "_source": false, "ext": {"influence": {"tokens": true}},
          "query": {"influence": {"gradient": %s}}}
        """
        .formatted(HITS, body);
  }

  /** Returns the number of tokens, of which every hit must have the influence. */
  private static int requireTokens(JsonNode answer) {
    assertEquals(0, answer.path("_shards").path("failed").asInt(), answer::toPrettyString);
    JsonNode hits = answer.path("hits").path("hits");
    assertEquals(HITS, hits.size());
    for (JsonNode hit : hits) {
      double sum = 0;
      JsonNode tokens = hit.path("fields").path("influence_tokens");
      for (JsonNode token : tokens) {
        sum += token.path("influence").asDouble();
      }
      double influence = hit.path("fields").path("influence").path(0).asDouble();
      assertEquals(influence, sum / tokens.size(), 1e-3 * Math.max(1, Math.abs(influence)));
    }
    return hits.path(0).path("fields").path("influence_tokens").size();
  }

  private static List<Integer> atOnce(TestCluster cluster, String completion) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Integer>> searches =
          IntStream.range(0, SEARCHES)
              .<Callable<Integer>>mapToObj(
                  i ->
                      () -> {
                        try {
                          JsonNode answer =
                              cluster
                                  .node(i % NODES)
                                  .post("/train/_search", search("q" + i, completion));
                          requireTokens(answer);
                          return 200;
                        } catch (ApiException refused) {
                          return refused.status();
                        }
                      })
              .toList();
      List<Integer> statuses = new ArrayList<>();
      for (Future<Integer> search : threads.invokeAll(searches)) {
        statuses.add(search.get());
      }
      return statuses;
    }
  }

  private static long transportBytes(TestNode node) throws Exception {
    long bytes = 0;
    for (JsonNode each : node.get("/_nodes/stats/transport").path("nodes")) {
      bytes += each.path("transport").path("tx_size_in_bytes").asLong();
    }
    return bytes;
  }
}
