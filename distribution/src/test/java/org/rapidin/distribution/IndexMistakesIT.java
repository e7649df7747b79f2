package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Mistakes in pipelines, mappings and documents. */
class IndexMistakesIT extends UserMistakesTestCase {

  @Test
  void unknownAttributorInPipelineMappingAndPath() throws Exception {
    assertRefused(
        400,
        "PUT",
        "/_ingest/pipeline/p",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"nobody\"}}]}",
        "nobody");
    assertRefused(
        400,
        "PUT",
        "/other",
        mapping("{\"type\":\"gradient_vector\",\"attributor\":\"nobody\"}", "rapidin"),
        "nobody");
    assertRefused(404, "GET", ATTRIBUTORS + "nobody", null, "nobody");
  }

  @Test
  void mappingWithoutTheCodec() throws Exception {
    assertRefused(
        400,
        "PUT",
        "/other",
        mapping("{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}", "default"),
        "index.codec");
  }

  @Test
  void badDocumentsFailAlone() throws Exception {
    List<ObjectNode> documents = TestNode.documents(3);
    documents.get(0).put("id", "long").put("instruction", "the ".repeat(200));
    documents.get(1).put("id", "bare").remove("output");
    documents.get(2).put("id", "good");
    JsonNode items = node.post("/train/_bulk", TestNode.bulk(documents)).path("items");
    assertEquals(400, items.get(0).path("index").path("status").asInt(), items::toPrettyString);
    assertTrue(items.get(0).toString().contains("limit of 128 tokens"), items::toPrettyString);
    assertEquals(400, items.get(1).path("index").path("status").asInt(), items::toPrettyString);
    assertTrue(items.get(1).toString().contains("output"), items::toPrettyString);
    assertEquals(201, items.get(2).path("index").path("status").asInt(), items::toPrettyString);
    node.delete("/train/_doc/good?refresh=true");
  }

  private static String mapping(String field, String codec) {
    return "{\"settings\":{\"index.codec\":\""
        + codec
        + "\"},\"mappings\":{\"properties\":{\"gradient\":"
        + field
        + "}}}";
  }
}
