package org.rapidin.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes of users are refused with a message that names the cause, and do no damage. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UserMistakesIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";
  private static final List<String> MODEL_FILES =
      List.of(
          "config.json",
          "tokenizer.json",
          "model.safetensors",
          "checkpoint-1/adapter_config.json",
          "checkpoint-1/adapter_model.safetensors");

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
  void loadingAModelThatNoNodeHasOrNoAttributorUses() throws Exception {
    assertRefused(404, "POST", "/_plugins/_rapidin/models/nowhere/_load", null, "nowhere");
    assertRefused(404, "POST", "/_plugins/_rapidin/models/nowhere/_unload", null, "nowhere");
    copyOfDemo("unused");
    assertRefused(400, "POST", "/_plugins/_rapidin/models/unused/_load", null, "PUT one first");
  }

  @Test
  void missingFileInAModelDirectory() throws Exception {
    Path model = copyOfDemo("headless");
    Files.delete(model.resolve("model.safetensors"));
    assertRefused(400, "PUT", ATTRIBUTORS + "a", spec("\"headless\""), "model.safetensors");
  }

  @Test
  void corruptFileOfAModelIsRefusedByItsName() throws Exception {
    assertAccepted("whole", copyOfDemo("whole"));
    for (String file : MODEL_FILES) {
      String name = "corrupt-" + file.replaceAll(".*/", "");
      Path model = copyOfDemo(name);
      byte[] half = Files.readAllBytes(model.resolve(file));
      replace(model.resolve(file), Arrays.copyOf(half, half.length / 2));
      assertRefused(
          400, "PUT", ATTRIBUTORS + "a", adapted(name), Path.of(file).getFileName() + " ");
    }
  }

  private void assertAccepted(String name, Path model) throws Exception {
    assertTrue(Files.exists(model));
    node.put(ATTRIBUTORS + name, adapted(name));
    node.delete(ATTRIBUTORS + name);
  }

  /** Replaces a file; it may be a hard link to the demo's, which must not change. */
  private static void replace(Path file, byte[] bytes) throws Exception {
    Files.delete(file);
    Files.write(file, bytes);
  }

  @Test
  void unsupportedArchitecture() throws Exception {
    Path model = copyOfDemo("alien");
    String config = Files.readString(model.resolve("config.json"));
    replace(
        model.resolve("config.json"),
        config.replace("LlamaForCausalLM", "AlienForCausalLM").getBytes(UTF_8));
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
    node.put(
        ATTRIBUTORS + "other",
        spec("\"demo\"")
            .replace(
                "\"parameters\"",
                "\"compression\":{\"method\":\"rapidgrad\",\"dimension\":256,\"seed\":7},\"parameters\""));
    for (String named : List.of("other", "nobody")) {
      String query =
          query("\"prompt\":\"a\",\"completion\":\"b\",\"attributor\":\"" + named + "\"");
      assertRefused(400, "POST", "/train/_search", query, "of attributor [demo]");
      assertRefused(400, "POST", "/train/_search", query, named);
    }
    node.delete(ATTRIBUTORS + "other");
  }

  @Test
  void queriesWithoutText() throws Exception {
    assertRefused(
        400, "POST", "/train/_search", query("\"prompt\":\"a\",\"completion\":\"\""), "completion");
    assertRefused(
        400,
        "POST",
        "/train/_search",
        query("\"prompt\":\"\",\"completion\":\"the\""),
        "the prompt is empty");
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
        "128 tokens");
  }

  @Test
  void completionThatIsLongerThanTheLimit() throws Exception {
    String query = query("\"prompt\":\"the\",\"completion\":\"" + " the".repeat(130) + "\"");
    assertRefused(
        400, "POST", "/train/_search", query, "has at least 3 tokens beyond the limit of 128");
    assertRefused(400, "POST", "/train/_search", query, "max_tokens");
  }

  @Test
  void misspeltKeyOfAQuery() throws Exception {
    String misspelt =
        "{\"query\":{\"influence\":{\"gradient\":{\"promt\":\"a\",\"completion\":\"b\"}}}}";
    assertRefused(400, "POST", "/train/_search", misspelt, "[promt]; it takes prompt, completion");
    String ext = "{\"query\":{\"match_all\":{}},\"ext\":{\"influence\":{\"token\":true}}}";
    assertRefused(400, "POST", "/train/_search", ext, "does not know [token]; it takes tokens");
    String field =
        "{\"query\":{\"influence\":{\"gradeint\":{\"prompt\":\"a\",\"completion\":\"b\"}}}}";
    assertRefused(400, "POST", "/train/_search", field, "no field [gradeint] of type");
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
        query("\"prompt\":\"the\",\"completion\":\" the\",\"tokens\":[99]"),
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
        "filter for alias [t]");
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
    Files.createDirectories(work.resolve("checkpoint-1"));
    for (String file : MODEL_FILES) {
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

  /** Returns an attributor with an adapter, so that all files are read. */
  private static String adapted(String model) {
    return spec("\"" + model + "\"")
        .replace("\"linear\"", "\"adapter\",\"adapter\":\"checkpoint-1\"");
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
