package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A preconditioner of a node as users install it: fitted, used, saved and restored. */
class ArtefactsIT {
  private static final String ARTEFACTS = "/_plugins/_rapidin/artefacts";

  @TempDir Path work;

  private static String fisher() throws IOException {
    return body("fisher");
  }

  private static String body(String type) throws IOException {
    return Files.readString(TestNode.config().resolve("artefacts/%s.json".formatted(type)));
  }

  private static String attributor() {
    return """
    {"model":"demo","parameters":"linear",
      "template":{"prompt":"User: {{instruction}}\\nModel: ","completion":"{{output}}</s>"},
      "max_tokens":128,"compression":{"method":"logra","rank":8}}""";
  }

  private static void createIndex(TestNode node) throws Exception {
    node.put("/_plugins/_rapidin/attributors/logra", attributor());
    node.put(
        "/_ingest/pipeline/influence",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"logra\"}}]}");
    node.put(
        "/train",
        """
        {"settings":{"index.codec":"rapidin","index.default_pipeline":"influence",
          "number_of_replicas":0},"mappings":{"properties":{
          "gradient":{"type":"gradient_vector","attributor":"logra"}}}}""");
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(40)));
    assertEquals("false", answer.path("errors").asText());
  }

  private static Map<String, Double> influences(TestNode node, String preconditioner)
      throws Exception {
    ObjectNode document = TestNode.sample(TestNode.documents(1).getFirst());
    if (preconditioner != null) {
      document.put("preconditioner", preconditioner);
    }
    JsonNode hits =
        node.post(
            "/train/_search",
            "{\"size\":100,\"query\":{\"influence\":{\"gradient\":%s}}}".formatted(document));
    Map<String, Double> influences = new TreeMap<>();
    for (JsonNode hit : hits.path("hits").path("hits")) {
      influences.put(hit.path("_id").asText(), hit.at("/fields/influence/0").asDouble());
    }
    assertEquals(40, influences.size());
    return influences;
  }

  @Test
  void aPreconditionerIsFittedUsedSavedAndRestored() throws Exception {
    Path snapshots = Files.createDirectory(work.resolve("snapshots"));
    try (TestNode node =
        TestNode.start(work.resolve("node"), "1g", Map.of("path.repo", snapshots.toString()))) {
      createIndex(node);
      JsonNode fitted = node.post(ARTEFACTS + "/f", fisher()).path("f");
      assertEquals("ready", fitted.path("state").asText(), fitted::toPrettyString);
      assertEquals(40, fitted.path("documents").asInt());
      assertEquals(64, fitted.path("digest").asText().length());
      assertEquals(fitted, node.get(ARTEFACTS).path("f"));
      Map<String, Double> before = influences(node, "f");
      assertNotEquals(influences(node, null), before);
      JsonNode nodes = node.get("/_plugins/_rapidin/stats").path("nodes");
      assertEquals(1, nodes.elements().next().at("/artefacts/in_memory").asInt());
      node.put(
          "/_snapshot/backup",
          "{\"type\":\"fs\",\"settings\":{\"location\":\"" + snapshots + "\"}}");
      node.put(
          "/_snapshot/backup/one?wait_for_completion=true",
          "{\"indices\":\".rapidin-artefacts\",\"include_global_state\":false}");
      node.delete(ARTEFACTS + "/f");
      assertEquals(0, node.get(ARTEFACTS).size());
      node.delete("/.rapidin-artefacts");
      node.post("/_snapshot/backup/one/_restore?wait_for_completion=true", "{}");
      assertEquals(fitted, node.get(ARTEFACTS + "/f").path("f"));
      assertEquals(before, influences(node, "f"));
      refusals(node);
      asATask(node);
      principalComponents(node);
      JsonNode random = node.post(ARTEFACTS + "/random", body("background"));
      assertEquals(40, random.at("/random/documents").asInt(), random::toPrettyString);
      JsonNode calibrated = calibrated(node, "random");
      node.restart();
      assertEquals(calibrated, calibrated(node, "random"));
      assertEquals(before, influences(node, "f"));
    }
  }

  private static void principalComponents(TestNode node) throws Exception {
    String attributor = "/_plugins/_rapidin/attributors/pca";
    JsonNode fitted =
        node.post(
                ARTEFACTS + "/p", "{\"type\":\"pca\",\"index\":\"train\",\"attributor\":\"logra\"}")
            .path("p");
    assertEquals(40, fitted.path("documents").asInt(), fitted::toPrettyString);
    String few = "\"rank\":4,\"projection\":\"pca\",\"artefact\":\"p\"";
    node.put(attributor, attributor().replace("\"rank\":8", few));
    assertEquals(fitted.path("digest"), node.get(attributor).findValue("artefact_digest"));
    assertEquals(409, node.refused("DELETE", ARTEFACTS + "/p", null).status());
    node.delete(attributor);
    node.delete(ARTEFACTS + "/p");
  }

  /** The first hits with their errors. */
  private static JsonNode calibrated(TestNode node, String background) throws Exception {
    JsonNode hits =
        node.post(
            "/train/_search",
            "{\"size\":3,\"query\":{\"influence\":{\"gradient\":%s}},\"ext\":{\"influence\":{\"calibration\":{\"background\":\"%s\"}}}}"
                .formatted(TestNode.sample(TestNode.documents(1).getFirst()), background));
    JsonNode first = hits.at("/hits/hits/0/fields/influence_calibration/0");
    assertTrue(first.path("standard_error").asDouble() > 0, hits::toPrettyString);
    assertTrue(first.path("storage_error").asDouble() > 0, hits::toPrettyString);
    assertEquals(1, first.at("/rank/best").asInt(), hits::toPrettyString);
    assertEquals(40, first.at("/background/documents").asInt(), hits::toPrettyString);
    double p = first.at("/background/p_value").asDouble();
    assertTrue(p > 0 && p < 1, hits::toPrettyString);
    return hits.at("/hits/hits");
  }

  private static void refusals(TestNode node) throws Exception {
    ApiException present = node.refused("POST", ARTEFACTS + "/f", fisher());
    assertEquals(409, present.status(), present.getMessage());
    ApiException absent = node.refused("GET", ARTEFACTS + "/none", null);
    assertEquals(404, absent.status(), absent.getMessage());
    for (Map.Entry<String, String> refused :
        Map.of(
                "\"damping\":0", "is singular",
                "\"query\":{\"term\":{\"instruction\":\"nothing\"}}", "no document of [train]",
                "\"query\":3", "[query] takes one query",
                "\"rank\":3", "allowed are [type, index, field")
            .entrySet()) {
      ApiException refusal = node.refused("POST", ARTEFACTS + "/g", with(refused.getKey()));
      assertEquals(400, refusal.status(), refusal.getMessage());
      assertTrue(refusal.getMessage().contains(refused.getValue()), refusal.getMessage());
    }
  }

  /** The example with another value of a key, or one more key. */
  private static String with(String pair) throws IOException {
    JsonNode more = TestNode.JSON.readTree("{" + pair + "}");
    ObjectNode body = (ObjectNode) TestNode.JSON.readTree(fisher());
    return body.setAll((ObjectNode) more).toString();
  }

  private static void asATask(TestNode node) throws Exception {
    String task =
        node.post(ARTEFACTS + "/later?wait_for_completion=false", fisher()).path("task").asText();
    JsonNode answer = node.get("/_tasks/" + task + "?wait_for_completion=true&timeout=60s");
    assertTrue(answer.path("completed").asBoolean(), answer::toPrettyString);
    assertEquals("ready", answer.at("/response/later/state").asText(), answer::toPrettyString);
    assertEquals(40, answer.at("/task/status/documents_read").asInt(), answer::toPrettyString);
  }
}
