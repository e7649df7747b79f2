package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Inputs from public reports, each with the answer that it must have; 512 MB of heap. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FieldReportsIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ASK = "Where is the silver lantern?";
  private static final String SAY = "The silver lantern hung by the gate.";

  private TestNode node;

  @BeforeAll
  void start(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "512m", Map.of());
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private Path copyOfDemo(String name) throws Exception {
    Path copy = node.process().models().resolve(name);
    Path demo = TestNode.demo().resolve("models/demo");
    for (String file :
        List.of(
            "config.json",
            "tokenizer.json",
            "model.safetensors",
            "checkpoint-10/adapter_config.json",
            "checkpoint-10/adapter_model.safetensors")) {
      Files.createDirectories(copy.resolve(file).getParent());
      Files.copy(demo.resolve(file), copy.resolve(file));
    }
    return copy;
  }

  private static void edit(Path file, Consumer<ObjectNode> change) throws Exception {
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    change.accept(json);
    Files.writeString(file, json.toString());
  }

  private static String spec(String model, String prompt, String completion) {
    ObjectNode spec = JSON.createObjectNode().put("model", model).put("adapter", "checkpoint-10");
    spec.putObject("template").put("prompt", prompt).put("completion", completion);
    spec.put("max_tokens", 128).putObject("compression").put("dimension", 256);
    return spec.toString();
  }

  private void put(String id, String model) throws Exception {
    node.put(ATTRIBUTORS + id, spec(model, "{{ask}} ", "{{say}}"));
  }

  private float[] vector(String attributor) throws Exception {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("samples").add(TestNode.sample(ASK + " ", SAY));
    JsonNode answer = node.post(ATTRIBUTORS + attributor + "/_vectorize", body.toString());
    return TestNode.floats(answer.at("/vectors/0/vector").asText());
  }

  @Test
  void keysThatChangeNothingKeepNoModelOut() throws Exception {
    put("plain", "demo");
    float[] plain = vector("plain");
    Map<String, Consumer<ObjectNode>> changes =
        Map.of(
            "extra-keys-1", config -> config.put("_attn_implementation_autoset", true),
            "extra-keys-2", config -> config.put("unsloth_fixed", true).put("unsloth_version", "1"),
            "extra-keys-3",
                config -> {
                  for (int i = 0; i < 4; i++) {
                    config.withArray("layer_types").add("full_attention");
                  }
                },
            "extra-keys-4", config -> config.put("max_length", 20).put("do_sample", true));
    for (Map.Entry<String, Consumer<ObjectNode>> change : changes.entrySet()) {
      edit(copyOfDemo(change.getKey()).resolve("config.json"), change.getValue());
      put(change.getKey(), change.getKey());
      assertArrayEquals(plain, vector(change.getKey()), 1e-6f, change.getKey());
    }
    edit(
        copyOfDemo("windows").resolve("config.json"),
        config -> config.withArray("layer_types").add("sliding_attention"));
    ApiException refusal =
        node.refused("PUT", ATTRIBUTORS + "windows", spec("windows", "{{ask}}", "{{say}}"));
    assertTrue(refusal.getMessage().contains("layer_types"), refusal.getMessage());
  }

  @Test
  void targetModulesMayBeAPattern() throws Exception {
    put("listed", "demo");
    Path pattern = copyOfDemo("pattern").resolve("checkpoint-10/adapter_config.json");
    edit(pattern, config -> config.put("target_modules", ".*\\.(q|k|v|o|gate|up|down)_proj"));
    put("pattern", "pattern");
    assertArrayEquals(vector("listed"), vector("pattern"), 1e-6f);
    Path none = copyOfDemo("no-targets").resolve("checkpoint-10/adapter_config.json");
    edit(none, config -> config.putNull("target_modules"));
    ApiException refusal =
        node.refused("PUT", ATTRIBUTORS + "none", spec("no-targets", "{{ask}} ", "{{say}}"));
    assertTrue(
        refusal
            .getMessage()
            .contains(
                "its target_modules select [q_proj, v_proj], the file has matrices of [down_proj,"
                    + " gate_proj, k_proj, o_proj, q_proj, up_proj, v_proj]"),
        refusal.getMessage());
  }

  @Test
  void anAdapterThatIsNotFiniteIsRefusedWithItsTensor() throws Exception {
    Path file = copyOfDemo("not-finite").resolve("checkpoint-10/adapter_model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    int header = Math.toIntExact(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0));
    String tensor = "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight";
    JsonNode entry =
        JSON.readTree(new String(bytes, 8, header, StandardCharsets.UTF_8)).path(tensor);
    int at = 8 + header + entry.path("data_offsets").path(0).asInt();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(at, Float.NaN);
    Files.write(file, bytes);
    ApiException refusal =
        node.refused("PUT", ATTRIBUTORS + "nan", spec("not-finite", "{{ask}} ", "{{say}}"));
    assertEquals(400, refusal.status());
    assertTrue(
        refusal
            .getMessage()
            .contains(
                "checkpoint-10/adapter_model.safetensors: tensor [%s] holds NaN".formatted(tensor)),
        refusal.getMessage());
  }

  @Test
  void aMissingBlankIsNamedAndNotAnEmptyPrompt() throws Exception {
    node.put(ATTRIBUTORS + "joined", spec("demo", "{{ask}}", "{{say}}"));
    ObjectNode body = JSON.createObjectNode();
    body.putArray("samples")
        .add(TestNode.sample("Silver", "lantern hung by the gate."))
        .add(TestNode.sample("Silver ", "lantern hung by the gate."));
    JsonNode vectors =
        node.post(ATTRIBUTORS + "joined/_vectorize", body.toString()).path("vectors");
    assertTrue(
        vectors.path(0).toString().contains("is a blank missing between prompt and completion?"),
        vectors.path(0).toString());
    assertFalse(vectors.path(1).path("vector").asText().isEmpty());
  }

  @Test
  void emptyAndStructuredFieldsAreNamedWithTheFix() throws Exception {
    put("fields", "demo");
    node.put(
        "/_ingest/pipeline/fields",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"fields\"}}]}");
    createIndex("fields");
    JsonNode items =
        node.post(
                "/fields/_bulk",
                """
                {"index":{"_id":"empty"}}
                {"ask":"Where is the lantern?","say":""}
                {"index":{"_id":"object"}}
                {"ask":{"text":"Where is the lantern?"},"say":"By the gate."}
                """)
            .path("items");
    String empty = items.at("/0/index/error").toString();
    assertTrue(empty.contains("field [say] is empty: there is nothing to attribute"), empty);
    assertTrue(empty.contains("ctx.say != ''"), empty);
    String object = items.at("/1/index/error").toString();
    assertTrue(object.contains("field [ask] holds an object"), object);
    assertTrue(object.contains("ask.text"), object);
  }

  private void createIndex(String name) throws Exception {
    node.put(
        "/" + name,
        """
        {"settings": {"index.codec": "rapidin", "index.default_pipeline": "%s",
           "number_of_replicas": 0},
         "mappings": {"properties": {"say": {"type": "text", "index": false},
           "gradient": {"type": "gradient_vector", "attributor": "%s"}}}}
        """
            .formatted(name, name));
  }

  /** 40 MB is below OpenSearch's limit of a request; whatever answers, the node must live. */
  @Test
  void largeTextsEndInAnAnswer() throws Exception {
    node.put(ATTRIBUTORS + "large", spec("demo", "User: {{ask}}\nModel: ", "{{say}}</s>"));
    node.put(
        "/_ingest/pipeline/large", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"large\"}}]}");
    createIndex("large");
    for (int megabytes : new int[] {12, 40}) {
      String text = "The silver lantern hung by the gate. ".repeat(megabytes * 1_000_000 / 37);
      String document = JSON.createObjectNode().put("ask", "Say: ").put("say", text).toString();
      assertAnswered(answer(() -> node.put("/large/_doc/" + megabytes, document)), 201, 413, 429);
      assertAnswered(
          answer(() -> node.post("/large/_search", query(text, " the end"))), 400, 413, 429);
    }
    ExecutorService clients = Executors.newFixedThreadPool(4);
    try {
      String text = "The silver lantern hung by the gate. ".repeat(12_000_000 / 37);
      String document = JSON.createObjectNode().put("ask", "Say: ").put("say", text).toString();
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        String path = "/large/_doc/at-once-" + i;
        answers.add(clients.submit(() -> answer(() -> node.put(path, document))));
      }
      for (Future<Integer> answer : answers) {
        assertAnswered(answer.get(), 201, 413, 429);
      }
    } finally {
      clients.shutdown();
    }
    assertEquals(256, vectorAfterwards().length);
  }

  private float[] vectorAfterwards() throws Exception {
    return vector("large");
  }

  private static String query(String prompt, String completion) {
    ObjectNode body = JSON.createObjectNode();
    body.withObject("/query/influence/gradient")
        .put("prompt", prompt)
        .put("completion", completion);
    return body.toString();
  }

  private static int answer(Callable<JsonNode> request) throws Exception {
    try {
      request.call();
      return 201;
    } catch (ApiException refusal) {
      return refusal.status();
    }
  }

  private static void assertAnswered(int status, int... accepted) {
    for (int one : accepted) {
      if (status == one) {
        return;
      }
    }
    throw new AssertionError("the node answered " + status);
  }
}
