package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a user does wrong gets one clear sentence and breaks nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserMistakesIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";

  private TestNode node;

  @BeforeAll
  void start(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "512m", Map.of());
    node.createDemoIndex();
    JsonNode answer = node.post("/train/_bulk?refresh=true", TestNode.bulk(TestNode.documents(5)));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
  }

  @AfterEach
  void theNodeLivesAndAnswersAsBefore() throws Exception {
    JsonNode hits =
        node.post("/train/_search", "{\"query\":{\"exists\":{\"field\":\"gradient\"}}}")
            .path("hits");
    assertEquals(5, hits.path("total").path("value").asInt());
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void noSuchModelDirectory() throws Exception {
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"nowhere\""), "nowhere");
  }

  @Test
  void modelNameThatLeavesTheModelsFolder() throws Exception {
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"../demo\""), "../demo");
  }

  @Test
  void missingFileInAModelDirectory() throws Exception {
    Path model = copyOfDemo("headless");
    Files.delete(model.resolve("model.safetensors"));
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"headless\""), "model.safetensors");
  }

  @Test
  void corruptWeights() throws Exception {
    Path model = copyOfDemo("corrupt");
    byte[] bytes = Files.readAllBytes(model.resolve("model.safetensors"));
    bytes[0] = (byte) 0xff;
    bytes[6] = (byte) 0xff;
    Files.delete(model.resolve("model.safetensors"));
    Files.write(model.resolve("model.safetensors"), bytes);
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"corrupt\""), "header");
  }

  @Test
  void unsupportedArchitecture() throws Exception {
    Path model = copyOfDemo("alien");
    String config = Files.readString(model.resolve("config.json"));
    Files.delete(model.resolve("config.json"));
    Files.writeString(
        model.resolve("config.json"), config.replace("LlamaForCausalLM", "AlienForCausalLM"));
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"alien\""), "AlienForCausalLM");
  }

  @Test
  void dimensionThatIsNoPowerOfTwo() throws Exception {
    String wrong =
        spec("\"demo\"")
            .replace(
                "\"parameters\"",
                "\"compression\":{\"method\":\"rapidgrad\",\"dimension\":65537},\"parameters\"");
    assertRefused(400, "PUT", ATTRIBUTORS + "a", wrong, "65537");
  }

  @Test
  void unknownKeyInAnAttributor() throws Exception {
    String wrong = spec("\"demo\"").replace("\"parameters\"", "\"colour\":1,\"parameters\"");
    assertRefused(400, "PUT", ATTRIBUTORS + "a", wrong, "colour");
  }

  @Test
  void anotherAttributorUnderTheSameName() throws Exception {
    assertRefused(409, "PUT", ATTRIBUTORS + "demo", spec("\"demo\""), "demo");
  }

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
  void deletingAnAttributorInUse() throws Exception {
    ApiException refusal = node.refused("DELETE", ATTRIBUTORS + "demo", null);
    assertEquals(409, refusal.status());
    assertTrue(refusal.getMessage().contains("train"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("influence"), refusal.getMessage());
  }

  @Test
  void queryOnAFieldOfAnotherAttributor() throws Exception {
    String query =
        "{\"query\":{\"influence\":{\"gradient\":{\"prompt\":\"a\",\"completion\":\"b\",\"attributor\":\"nobody\"}}}}";
    assertRefused(400, "POST", "/train/_search", query, "nobody");
  }

  @Test
  void queriesWithoutText() throws Exception {
    assertRefused(
        400, "POST", "/train/_search", query("\"prompt\":\"a\",\"completion\":\"\""), "completion");
    assertRefused(400, "POST", "/train/_search", query("\"completion\":\"b\""), "prompt");
    assertRefused(400, "POST", "/train/_search", query("\"prompt\":\"a\""), "completion");
  }

  @Test
  void promptThatFillsTheContext() throws Exception {
    String prompt = "the ".repeat(4000);
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"" + prompt + "\",\"completion\":\"the\""),
        "max_tokens");
  }

  @Test
  void tokensThatTheCompletionDoesNotHold() throws Exception {
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"the\",\"completion\":\"the\",\"tokens\":\"zebra\""),
        "zebra");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"the\",\"completion\":\"the\",\"tokens\":[99]"),
        "99");
  }

  @Test
  void vectorOfAnotherDimension() throws Exception {
    assertRefused(400, "POST", "/train/_search", query("\"vector\":[1.0,2.0]"), "65536");
  }

  @Test
  void queryOnAFieldThatIsNoGradient() throws Exception {
    assertRefused(
        400,
        "POST",
        "/train/_search",
        "{\"query\":{\"influence\":{\"output\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}",
        "output");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        "{\"query\":{\"influence\":{\"nothing\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}",
        "nothing");
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
  void aliasFilterByInfluence() throws Exception {
    assertRefused(
        400,
        "POST",
        "/_aliases",
        "{\"actions\":[{\"add\":{\"index\":\"train\",\"alias\":\"t\",\"filter\":{\"influence\":{\"gradient\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}}]}",
        "influence");
  }

  @Test
  void badDocumentsFailAlone() throws Exception {
    List<ObjectNode> documents = TestNode.documents(3);
    documents.get(0).put("id", "empty").put("output", "");
    documents.get(1).put("id", "bare").remove("output");
    documents.get(2).put("id", "good");
    JsonNode items = node.post("/train/_bulk", TestNode.bulk(documents)).path("items");
    assertEquals(400, items.get(0).path("index").path("status").asInt(), items::toPrettyString);
    assertTrue(items.get(0).toString().contains("completion"), items::toPrettyString);
    assertEquals(400, items.get(1).path("index").path("status").asInt(), items::toPrettyString);
    assertTrue(items.get(1).toString().contains("output"), items::toPrettyString);
    assertEquals(201, items.get(2).path("index").path("status").asInt(), items::toPrettyString);
    node.delete("/train/_doc/good?refresh=true");
  }

  @Test
  void portThatIsTaken(@TempDir Path work) {
    int taken = node.process().address().getPort();
    IllegalArgumentException refusal =
        assertThrows(
            IllegalArgumentException.class,
            () -> new NodeProcess(TestNode.assembledHome(), work, "1g", taken, Map.of()));
    assertTrue(refusal.getMessage().contains(String.valueOf(taken)), refusal.getMessage());
  }

  private void assertRefused(int status, String method, String path, String body, String names)
      throws Exception {
    ApiException refusal = node.refused(method, path, body);
    assertEquals(status, refusal.status(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(names), refusal.getMessage());
  }

  private Path copyOfDemo(String name) throws Exception {
    Path copy = node.process().models().resolve(name);
    Path work = Files.createTempDirectory("models").resolve(name);
    Files.createDirectories(work);
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(TestNode.demo().resolve("models/demo").resolve(file), work.resolve(file));
    }
    new ModelFolders(copy.getParent()).add(work);
    return copy;
  }

  private static String spec(String model) {
    return "{\"model\":"
        + model
        + ",\"parameters\":\"linear\",\"template\":{\"prompt\":\"{{instruction}}\",\"completion\":\"{{output}}\"}}";
  }

  private static String query(String fields) {
    return "{\"query\":{\"influence\":{\"gradient\":{" + fields + "}}}}";
  }

  private static String mapping(String field, String codec) {
    return "{\"settings\":{\"index.codec\":\""
        + codec
        + "\"},\"mappings\":{\"properties\":{\"gradient\":"
        + field
        + "}}}";
  }
}
