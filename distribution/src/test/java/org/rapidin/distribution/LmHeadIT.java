package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** Method lm_head on a real node, with the attributor of config/. */
@TestInstance(Lifecycle.PER_CLASS)
class LmHeadIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";
  private static final String NAME = "demo-lm-head";
  private static final String OPTIONS = "\"dimension\": 16384, \"seed\": 42";

  private TestNode node;
  private List<ObjectNode> documents;

  @BeforeAll
  void indexDocuments(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    node.put(ATTRIBUTORS + NAME, configured());
    node.put(
        "/_ingest/pipeline/heads",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"%s\"}}]}".formatted(NAME));
    node.put(
        "/heads",
        """
        {"settings":{"index.codec":"rapidin","index.default_pipeline":"heads",
          "number_of_replicas":0},"mappings":{"properties":{"gradient":{
          "type":"gradient_vector","attributor":"%s",
          "index_options":{"candidates":"sign_bits"}}}}}"""
            .formatted(NAME));
    documents = TestNode.documents(30);
    JsonNode answer = node.post("/heads/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private static String configured() throws IOException {
    return Files.readString(TestNode.config().resolve("attributors").resolve(NAME + ".json"));
  }

  private JsonNode search(ObjectNode document, String more) throws Exception {
    ObjectNode sample = TestNode.sample(document);
    return node.post(
        "/heads/_search",
        "{\"size\":30,\"query\":{\"influence\":{\"gradient\":" + sample + "}}" + more + "}");
  }

  @Test
  void everyDocumentIsFoundByItsOwnText() throws Exception {
    for (ObjectNode document : documents) {
      JsonNode hits = search(document, "").path("hits").path("hits");
      assertEquals(documents.size(), hits.size());
      assertEquals(TestNode.id(document), hits.path(0).path("_id").asText());
      // The score of cosine 1.
      assertEquals(1.5, hits.path(0).path("_score").asDouble(), 1e-3);
    }
  }

  @Test
  void influencesOfTokensAddUp() throws Exception {
    JsonNode answer = search(documents.get(3), ",\"ext\":{\"influence\":{\"tokens\":true}}");
    JsonNode hit = answer.at("/hits/hits/0");
    double influence = hit.path("fields").path("influence").path(0).asDouble();
    JsonNode tokens = hit.path("fields").path("influence_tokens");
    double sum = 0;
    for (JsonNode token : tokens) {
      sum += token.path("influence").asDouble();
    }
    assertTrue(influence > 0 && tokens.size() > 1, answer::toPrettyString);
    assertEquals(influence, sum / tokens.size(), 1e-3 * influence);
  }

  @Test
  void attributorAndCheckSayWhatItIs() throws Exception {
    JsonNode attributor = node.get(ATTRIBUTORS + NAME);
    JsonNode compression = attributor.findValue("compression");
    assertEquals("lm_head", compression.path("method").asText());
    assertEquals(16_384, compression.path("dimension").asInt());
    JsonNode check = node.post(ATTRIBUTORS + NAME + "/_check", null);
    // 526 tokens and 128 numbers at three checkpoints.
    String products = Integer.toString(3 * (526 + 128) * 128);
    assertTrue(check.toString().contains("stand for products of " + products), check::toString);
    assertFalse(check.toString().contains("\"status\":\"failed\""), check::toPrettyString);
    List<String> methods = node.get("/_plugins/_rapidin/stats").findValuesAsText("compression");
    assertTrue(methods.contains("lm_head"), methods::toString);
  }

  /** Parameters are still looked for, so that a mistake in them is found. */
  @Test
  void mistakesAreRefusedWithWhatIsAllowed() throws Exception {
    for (Map.Entry<String, String> refused :
        Map.of(
                "\"dimension\": 24576", "must be a power of two from 256 to 1048576, got 24576",
                "\"channels\": 1", "allowed in [compression] are [method, dimension, seed]")
            .entrySet()) {
      assertRefused(configured().replace(OPTIONS, refused.getKey()), refused.getValue());
    }
    assertRefused(parameters("x"), "parameters [x] fits none of the model's");
    node.put(ATTRIBUTORS + "linear", parameters("linear"));
    node.delete(ATTRIBUTORS + "linear");
  }

  private static String parameters(String name) throws IOException {
    String tokens = "\"max_tokens\"";
    return configured().replace(tokens, "\"parameters\": \"" + name + "\", " + tokens);
  }

  private void assertRefused(String attributor, String names) throws Exception {
    ApiException refusal = node.refused("PUT", ATTRIBUTORS + "a", attributor);
    assertEquals(400, refusal.status(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(names), refusal.getMessage());
  }
}
