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

  /** The index is named in the path alone. */
  @Test
  void upsertIntoAnIndexWithoutTheField() throws Exception {
    node.put("/plain", "{\"settings\":{\"index.default_pipeline\":\"influence\"}}");
    ObjectNode text = TestNode.documents(1).getFirst();
    String bulk =
        """
        {"update":{"_id":"1"}}
        {"doc":%s,"doc_as_upsert":true}
        {"update":{"_id":"2"}}
        {"doc":{"label":"x"},"upsert":%s}
        """
            .formatted(text, text);
    JsonNode items = node.post("/plain/_bulk", bulk).path("items");
    assertEquals(2, items.size());
    for (JsonNode item : items) {
      assertEquals(400, item.path("update").path("status").asInt(), items::toPrettyString);
      assertTrue(item.toString().contains("field [gradient] of index [plain] is not of type"));
    }
    node.delete("/plain");
  }

  private static String mapping(String field, String codec) {
    return "{\"settings\":{\"index.codec\":\""
        + codec
        + "\"},\"mappings\":{\"properties\":{\"gradient\":"
        + field
        + "}}}";
  }
}
