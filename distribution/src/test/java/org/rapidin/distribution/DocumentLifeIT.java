package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Stored vectors survive restart, kill, snapshot, reindex, update, delete and merge. */
@ExtendWith(SharedNode.class)
class DocumentLifeIT {
  private static final int DOCUMENTS = 60;

  /** Documents of a round that ends with a kill: more than can be acknowledged before it. */
  private static final int ROUND = 100;

  private TestNode node;
  private DemoGeneration generation;

  @BeforeEach
  void start(TestNode shared) throws Exception {
    node = shared;
    node.createIndex("train");
    generation = DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
  }

  @Test
  void restartKeepsEverythingAndNeedsNothing() throws Exception {
    index(TestNode.documents(DOCUMENTS));
    Map<String, Double> before = influences("train");
    assertEquals(DOCUMENTS, before.size());
    node.restart();
    assertEquals(before, influences("train"));
    ObjectNode another = TestNode.documents(DOCUMENTS + 1).get(DOCUMENTS);
    index(List.of(another));
    assertEquals(DOCUMENTS + 1, influences("train").size());
  }

  @Test
  void killedDuringBulksItLosesNothingItAcknowledged() throws Exception {
    List<ObjectNode> documents = TestNode.documents(3 * ROUND);
    Acknowledged acknowledged = new Acknowledged();
    for (int round = 0; round < 3; round++) {
      int before = acknowledged.ids().size();
      List<ObjectNode> part = documents.subList(round * ROUND, (round + 1) * ROUND);
      Thread writer = Thread.ofPlatform().start(() -> acknowledged.write(node, part));
      acknowledged.awaitMore(10);
      node.kill();
      writer.join();
      int more = acknowledged.ids().size() - before;
      assertTrue(more >= 10, "only " + more + " documents were acknowledged before the kill");
      assertTrue(more < ROUND, "the writer had ended before the kill");
      node.up();
    }
    node.post("/train/_refresh", null);
    Set<String> stored = influences("train").keySet();
    assertTrue(stored.containsAll(acknowledged.ids()), "acknowledged documents are lost");
    assertRecomputed(documents.stream().filter(d -> stored.contains(TestNode.id(d))).toList());
  }

  /** Compares stored vectors with recomputed ones by their products with 8 random vectors. */
  private void assertRecomputed(List<ObjectNode> documents) throws Exception {
    List<float[]> again = node.vectors(documents.stream().map(TestNode::sample).toList());
    SplittableRandom random = new SplittableRandom(7);
    for (int side = 0; side < 8; side++) {
      float[] query = new float[again.getFirst().length];
      for (int i = 0; i < query.length; i++) {
        query[i] = (float) random.nextGaussian();
      }
      Map<String, Double> stored = influences("train", rawQuery(query));
      assertEquals(documents.size(), stored.size());
      double norm = Math.sqrt(TestNode.dot(query, query));
      for (int i = 0; i < documents.size(); i++) {
        double size = Math.sqrt(TestNode.dot(again.get(i), again.get(i)));
        String id = TestNode.id(documents.get(i));
        // The rounding to half precision, 2^-11 of each number, is far below 1 / sqrt(K).
        assertEquals(TestNode.dot(again.get(i), query), stored.get(id), 1e-5 * norm * size, id);
      }
    }
  }

  private static String rawQuery(float[] query) {
    ObjectNode search = TestNode.JSON.createObjectNode().put("size", 1000).put("_source", false);
    search
        .putObject("query")
        .putObject("influence")
        .putObject("gradient")
        .put("vector", TestNode.base64(query));
    return search.toString();
  }

  @Test
  void snapshotRestoresTheSameInfluences() throws Exception {
    index(TestNode.documents(DOCUMENTS));
    Map<String, Double> before = influences("train");
    node.put("/_snapshot/backup", "{\"type\":\"fs\",\"settings\":{\"location\":\"backup\"}}");
    node.put("/_snapshot/backup/one?wait_for_completion=true", "{\"indices\":\"train\"}");
    node.delete("/train");
    node.post("/_snapshot/backup/one/_restore?wait_for_completion=true", "{}");
    assertEquals(before, influences("train"));
  }

  @Test
  void mergesAndDeletesLeaveTheRestAsItWas() throws Exception {
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS);
    for (int from = 0; from < DOCUMENTS; from += 15) {
      index(documents.subList(from, from + 15));
    }
    Map<String, Double> wanted = influences("train");
    for (ObjectNode document : documents.subList(0, 10)) {
      node.delete("/train/_doc/" + document.path("id").asText());
      wanted.remove(document.path("id").asText());
    }
    node.post("/train/_refresh", null);
    assertEquals(wanted, influences("train"));
    node.post("/train/_forcemerge?max_num_segments=1", null);
    node.post("/train/_refresh", null);
    assertEquals(wanted, influences("train"));
  }

  @Test
  void reindexAndUpdateByQueryComputeAgain() throws Exception {
    index(TestNode.documents(DOCUMENTS));
    Map<String, Double> wanted = influences("train");
    node.createIndex("train-copy");
    JsonNode copied =
        node.post(
            "/_reindex?refresh=true",
            "{\"source\":{\"index\":\"train\"},\"dest\":{\"index\":\"train-copy\"}}");
    assertEquals(DOCUMENTS, copied.path("created").asInt(), copied::toPrettyString);
    assertNear(wanted, influences("train-copy"));
    JsonNode updated = node.post("/train/_update_by_query?refresh=true", null);
    assertEquals(DOCUMENTS, updated.path("updated").asInt(), updated::toPrettyString);
    assertNear(wanted, influences("train"));
  }

  @Test
  void updateIsRefusedWithTheFix() throws Exception {
    List<ObjectNode> documents = TestNode.documents(2);
    index(documents);
    String id = documents.get(0).path("id").asText();
    ApiException refusal =
        node.refused("POST", "/train/_update/" + id, "{\"doc\":{\"topic\":\"other\"}}");
    assertEquals(400, refusal.status());
    assertTrue(refusal.getMessage().contains("_update_by_query"), refusal.getMessage());
    JsonNode bulk =
        node.post(
            "/train/_bulk?refresh=true",
            "{\"update\":{\"_id\":\""
                + id
                + "\"}}\n{\"doc\":{\"topic\":\"other\"}}\n"
                + "{\"delete\":{\"_id\":\""
                + documents.get(1).path("id").asText()
                + "\"}}\n");
    assertEquals(400, bulk.path("items").get(0).path("update").path("status").asInt());
    assertEquals(200, bulk.path("items").get(1).path("delete").path("status").asInt());
  }

  @Test
  void simulateShowsAShortenedAnswer() throws Exception {
    ObjectNode document = TestNode.documents(1).get(0);
    String body = "{\"docs\":[{\"_source\":" + document + "}]}";
    String answer = node.post("/_ingest/pipeline/influence/_simulate", body).toString();
    assertTrue(answer.contains("gradient"), answer);
    assertTrue(answer.length() < 4000, "the answer has " + answer.length() + " characters");
  }

  private void index(List<ObjectNode> documents) throws Exception {
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
  }

  /** id → raw influence on the generation. */
  private Map<String, Double> influences(String index) throws Exception {
    return influences(index, generation.search(null, false, 1000).toString());
  }

  private Map<String, Double> influences(String index, String search) throws Exception {
    JsonNode answer = node.post("/" + index + "/_search", search);
    Map<String, Double> influences = new TreeMap<>();
    for (JsonNode hit : answer.path("hits").path("hits")) {
      influences.put(
          hit.path("_id").asText(), hit.path("fields").path("influence").path(0).asDouble());
    }
    return influences;
  }

  private static void assertNear(Map<String, Double> wanted, Map<String, Double> got) {
    assertEquals(wanted.keySet(), got.keySet());
    // Other batches add in another order, and rows are rounded to half precision.
    wanted.forEach((id, raw) -> assertEquals(raw, got.get(id), 1e-3 * (1 + Math.abs(raw)), id));
  }
}
