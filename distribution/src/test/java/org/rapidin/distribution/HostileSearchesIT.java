package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Malformed and very large searches. The names of tests have the number of the fault in the list of
 * faults that the plugin must survive.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(SharedNode.class)
class HostileSearchesIT {
  private static final int DOCUMENTS = 20;

  private static final List<String> BODIES =
      List.of(
          """
          {"size": 3, "query": {"influence": {"gradient": {
             "prompt": "User: Where is the silver lantern?\\nModel: ",
             "completion": "The silver lantern hung by the gate.", "tokens": [1, 2],
             "direction": "opponents", "filter": {"term": {"topic": "x"}}, "boost": 2.0}}},
           "ext": {"influence": {"tokens": true}}}
          """,
          """
          {"query": {"bool": {"must": [{"match": {"output": "lantern"}}], "should": [
             {"influence": {"gradient": {"_name": "a", "prompt": "User: Where?\\nModel: ",
                "completion": "By the gate.", "tokens": "gate"}}}]}}}
          """,
          """
          {"query": {"match_all": {}}, "rescore": {"window_size": 10, "query": {"rescore_query":
             {"influence": {"gradient": {"prompt": "User: Where?\\nModel: ",
                "completion": "By the gate.", "attributor": "demo", "ignore_unmapped": true}}}}},
           "aggs": {"near": {"filter": {"influence": {"gradient": {"prompt": "User: Where?",
                "completion": " By the gate."}}}}}}
          """);

  private TestNode node;

  @BeforeAll
  void fill(TestNode shared) throws Exception {
    node = shared;
    node.createIndex("train");
    node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(DOCUMENTS)));
  }

  @AfterEach
  void theNodeStillAnswers() throws Exception {
    JsonNode hits = node.post("/train/_search", BODIES.get(1)).path("hits");
    assertTrue(hits.path("total").path("value").asInt() > 0);
  }

  @Test
  void row53AThousandMutatedSearchesAreAnsweredOrRefused() throws Exception {
    JsonMutations mutations = new JsonMutations(53);
    int refused = 0;
    for (int i = 0; i < 1000; i++) {
      JsonNode body = mutations.mutate(TestNode.JSON.readTree(BODIES.get(i % BODIES.size())));
      int status = status(body.toString());
      assertTrue(status < 500, () -> "status " + status + " of " + body);
      refused += status >= 400 ? 1 : 0;
    }
    assertTrue(refused > 100 && refused < 1000, "refused " + refused);
  }

  @Test
  void row54AnEnormousSizeIsRefused() throws Exception {
    JsonNode body =
        TestNode.JSON.readTree(BODIES.get(0).replace("\"size\": 3", "\"size\": 2147483647"));
    assertEquals(400, status(body.toString()));
  }

  @Test
  void row54APromptOfTenMegabytesIsRefused() throws Exception {
    String words = "silver lantern ".repeat(700_000);
    String body = BODIES.get(0).replace("User: Where is the silver lantern?", words);
    long start = System.nanoTime();
    assertEquals(400, status(body));
    long seconds = (System.nanoTime() - start) / 1_000_000_000;
    assertTrue(seconds < 10, "refused after " + seconds + " s");
  }

  @Test
  void row54AHundredClausesAreAnswered() throws Exception {
    String clauses =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    """
                    {"influence": {"gradient": {"_name": "c%d",
                      "prompt": "User: Where?\\nModel: ", "completion": "By gate %d."}}}
                    """
                        .formatted(i, i))
            .collect(Collectors.joining(","));
    int status = status("{\"query\": {\"bool\": {\"should\": [" + clauses + "]}}}");
    assertTrue(status == 200 || status == 429, "status " + status);
  }

  private int status(String body) throws Exception {
    try {
      node.post("/train/_search", body);
      return 200;
    } catch (ApiException refusal) {
      return refusal.status();
    }
  }
}
