package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Texts of users appear in {@code _source} only, and the node opens no connection. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConfidentialityIT {
  private static final String SECRET = "Quuxington";

  private TestNode node;
  private OutboundConnections connections;

  @BeforeAll
  void start(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "512m", Map.of("logger.org.rapidin", "trace"));
    connections = new OutboundConnections(node.process().pid());
    node.createDemoIndex();
    node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(5)));
  }

  @AfterAll
  void stop() {
    connections.close();
    node.close();
  }

  @Test
  void row62_failedDocumentsAreNotQuoted() throws Exception {
    List<ObjectNode> documents =
        List.of(
            TestNode.JSON.createObjectNode().put("id", "s1").put("instruction", SECRET),
            document("s2", SECRET + " ".repeat(3), ""),
            document("s3", (SECRET + " ").repeat(500), "yes"),
            document("s4", "yes", "{{" + SECRET + "}} $1 \\"));
    JsonNode answer = node.post("/train/_bulk", TestNode.bulk(documents));
    assertTrue(answer.path("errors").asBoolean(), answer::toPrettyString);
    assertSilent(answer.toString());
    String pipeline =
        "{\"docs\":[{\"_index\":\"train\",\"_source\":{\"instruction\":\"%s\"}}]}"
            .formatted(SECRET);
    assertSilent(
        node.post("/_ingest/pipeline/influence/_simulate", pipeline).findPath("error").toString());
    assertSilent(Files.readString(node.process().log()));
  }

  @Test
  void row62_refusedQuestionsAreNotQuoted() throws Exception {
    String longPrompt = (SECRET + " ").repeat(500);
    for (String question :
        List.of(
            "{\"prompt\":\"%s\",\"completion\":\"\"}".formatted(SECRET),
            "{\"prompt\":\"%s\",\"completion\":\"yes\"}".formatted(longPrompt),
            "{\"prompt\":\"yes\",\"completion\":\"%s\"}".formatted(longPrompt),
            "{\"prompt\":\"%s\",\"completion\":\"yes\",\"tokens\":[700]}".formatted(SECRET),
            "{\"prompt\":\"yes\",\"completion\":\"yes\",\"tokens\":\"%s\"}".formatted(SECRET),
            "{\"prompt\":\"yes\",\"completion\":\"yes\",\"tokens\":[\"yes\",\"%s\"]}"
                .formatted(SECRET))) {
      assertSilent(node.refused("POST", "/train/_search", search(question)).getMessage());
    }
    String sample = "{\"samples\":[{\"prompt\":\"%s\",\"completion\":\"\"}]}".formatted(SECRET);
    String path = "/_plugins/_rapidin/attributors/demo/_vectorize";
    assertSilent(node.post(path, sample).toString());
    assertSilent(Files.readString(node.process().log()));
  }

  @Test
  void row62_explanationsAndProfilesAreSilent() throws Exception {
    // Another test's documents, of which one was indexed, have the text in their source.
    String explained =
        "{\"_source\":false,\"explain\":true,\"profile\":true,"
            + search(question(SECRET)).substring(1);
    JsonNode answer = node.post("/train/_search", explained);
    assertTrue(answer.path("hits").path("hits").size() >= 5, answer::toPrettyString);
    assertSilent(answer.toString());
    assertSilent(Files.readString(node.process().log()));
  }

  @Test
  void row63_nothingConnectsOutward() throws Exception {
    node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(30)));
    node.post("/train/_search", search(question("who?")));
    node.post("/_plugins/_rapidin/models/demo/_unload", null);
    node.post("/_plugins/_rapidin/models/demo/_load", null);
    node.get("/_plugins/_rapidin/stats");
    assertEquals(List.of(), connections.seen());
    assertTrue(connections.samples() > 100, "only " + connections.samples() + " samples");
  }

  private static String question(String instruction) {
    return "{\"prompt\":\"User: %s\\nModel: \",\"completion\":\"Far from shore\"}"
        .formatted(instruction);
  }

  private static String search(String question) {
    return "{\"query\":{\"influence\":{\"gradient\":%s}}}".formatted(question);
  }

  private static ObjectNode document(String id, String instruction, String output) {
    return TestNode.JSON
        .createObjectNode()
        .put("id", id)
        .put("instruction", instruction)
        .put("output", output);
  }

  private static void assertSilent(String text) {
    assertFalse(text.contains(SECRET), text);
  }
}
