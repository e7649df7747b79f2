package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Two sketches of the demo's gradients, compared over REST. */
class CompareIT extends InfluenceSearchTestCase {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";
  private static final String COMPARE =
      ATTRIBUTORS + "demo/_compare?index=compared&queries=10&documents=100";

  @BeforeAll
  void index() throws Exception {
    node.put(
        ATTRIBUTORS + "compared",
        """
        {"model":"demo","adapter":"checkpoint-10","parameters":"adapter","max_tokens":128,
          "template":{"prompt":"User: {{instruction}}\\nModel: ","completion":"{{output}}</s>"},
          "compression":{"method":"rapidgrad","dimension":4096,"seed":7}}""");
    node.put(
        "/_ingest/pipeline/compared",
        """
        {"processors":[{"rapidgrad":{"attributor":"demo"}},
          {"rapidgrad":{"attributor":"compared","target_field":"other"}}]}""");
    node.put(
        "/compared",
        """
        {"settings":{"index.codec":"rapidin","index.default_pipeline":"compared",
          "number_of_shards":2,"number_of_replicas":0},"mappings":{"properties":{
          "gradient":{"type":"gradient_vector","attributor":"demo"},
          "other":{"type":"gradient_vector","attributor":"compared"}}}}""");
    JsonNode answer =
        node.post("/compared/_bulk?refresh=true", TestNode.bulk(TestNode.documents(50)));
    assertEquals("false", answer.path("errors").asText(), answer::toString);
  }

  @AfterAll
  void leave() throws Exception {
    node.delete("/compared");
    node.delete("/_ingest/pipeline/compared");
    node.delete(ATTRIBUTORS + "compared");
  }

  @Test
  void theirRankingsAreAlike() throws Exception {
    JsonNode found = node.get(COMPARE + "&with=compared&k=5");
    assertEquals("gradient", found.path("field").asText(), found::toString);
    assertEquals("other", found.path("with_field").asText());
    assertEquals(40, found.path("documents").asInt());
    assertEquals(10, found.at("/spearman/queries").asInt());
    double rho = found.at("/spearman/mean").asDouble();
    assertTrue(rho > 0.3 && rho < 1, found::toString);
    assertEquals(5, found.at("/overlap/0/k").asInt());
    assertEquals(10, found.at("/overlap/1/k").asInt());
    assertEquals(0.25, found.at("/overlap/1/by_chance").asDouble(), 1e-9);
    assertTrue(found.at("/overlap/1/mean").asDouble() > 0.25, found::toString);
    String task =
        node.get(COMPARE + "&with=compared&k=5&wait_for_completion=false").path("task").asText();
    JsonNode done = node.get("/_tasks/" + task + "?wait_for_completion=true&timeout=60s");
    assertEquals(found, done.path("response"), done::toString);
    assertEquals(50, done.at("/task/status/documents_read").asInt(), done::toString);
  }

  @Test
  void whatCannotBeComparedIsRefused() throws Exception {
    assertRefused("", "needs the parameters with, another attributor, and index");
    assertRefused("&with=demo", "attributor [demo] cannot be compared with itself");
    assertRefused("&with=nobody", "no attributor [nobody]");
    assertRefused("&with=compared&with_field=gradient", "of attributor [demo], not of [compared]");
    assertRefused("&with=compared&k=100", "documents must be more than 100");
    assertRefused("&with=compared&top=5", "unrecognized parameter: [top]");
  }

  private void assertRefused(String more, String reason) throws Exception {
    ApiException refused = node.refused("GET", COMPARE + more, null);
    assertEquals(400, refused.status(), refused.getMessage());
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }
}
