package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/**
 * Method trackstar with an optimizer's second moments next to a model's weights, on a real node.
 */
@TestInstance(Lifecycle.PER_CLASS)
class SecondMomentsIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";
  private static final String WEIGHT = "model.layers.1.self_attn.q_proj.weight";
  private static final int WIDTH = 128;
  private static final String FILE = "exp_avg_sq.safetensors";

  private TestNode node;
  private Path folder;
  private float[] moments;

  @BeforeAll
  void addAModelWithMoments(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    folder = Files.createDirectory(node.process().models().resolve("adam"));
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.copy(TestNode.demo().resolve("models/demo").resolve(file), folder.resolve(file));
    }
    moments = moments(7);
    write(moments);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  private static float[] moments(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] moments = new float[WIDTH * WIDTH];
    for (int i = 0; i < moments.length; i++) {
      moments[i] = (float) Math.exp(random.nextDouble(-20, -8));
    }
    return moments;
  }

  private void write(float[] numbers) throws IOException {
    byte[] header =
        "{\"%s\":{\"dtype\":\"F32\",\"shape\":[%s,%s],\"data_offsets\":[0,%s]}}"
            .formatted(WEIGHT, WIDTH, WIDTH, Float.BYTES * numbers.length)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + header.length + Float.BYTES * numbers.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header);
    bytes.asFloatBuffer().put(numbers);
    // A new file, because a model that is loaded reads the old one.
    Path next = Files.write(folder.resolve("next"), bytes.array());
    Files.move(next, folder.resolve(FILE), StandardCopyOption.REPLACE_EXISTING);
  }

  private static String attributor(String parameters, String compression) {
    return """
    {"model":"adam","parameters":"%s","normalization":"none","score_scale":1,
      "template":{"prompt":"User: {{instruction}}\\nModel: ","completion":"{{output}}</s>"},
      "max_tokens":128,"compression":%s}"""
        .formatted(parameters, compression);
  }

  private static String trackStar(int dimension, boolean unitNorm) {
    return attributor(
        WEIGHT,
        "{\"method\":\"trackstar\",\"dimension\":%s,\"second_moment\":\"file\",\"unit_norm\":%s}"
            .formatted(dimension, unitNorm));
  }

  private float[] vector(String attributor, ObjectNode sample) throws Exception {
    ObjectNode body = TestNode.JSON.createObjectNode();
    body.putArray("samples").add(sample);
    JsonNode answer = node.post(ATTRIBUTORS + attributor + "/_vectorize", body.toString());
    return TestNode.floats(answer.at("/vectors/0/vector").asText());
  }

  /** With all numbers of a layer there is no projection left. */
  @Test
  void vectorsAreGradientsOverTheRootsOfTheFile() throws Exception {
    node.put(ATTRIBUTORS + "exact", attributor(WEIGHT, "{\"method\":\"identity\"}"));
    node.put(ATTRIBUTORS + "divided", trackStar(WIDTH * WIDTH, false));
    node.put(ATTRIBUTORS + "unit", trackStar(WIDTH * WIDTH, true));
    ObjectNode sample = TestNode.sample(TestNode.documents(1).getFirst());
    float[] gradient = vector("exact", sample);
    float[] divided = vector("divided", sample);
    float[] unit = vector("unit", sample);
    double norm = Math.sqrt(TestNode.dot(divided, divided));
    for (int i = 0; i < gradient.length; i++) {
      double wanted = gradient[i] / (Math.sqrt(moments[i]) + 1e-8);
      assertEquals(wanted, divided[i], 1e-6 * norm);
      assertEquals(wanted / norm, unit[i], 1e-6);
    }
    assertEquals(1, TestNode.dot(unit, unit), 1e-5);
    JsonNode check = node.post(ATTRIBUTORS + "unit/_check", null);
    assertTrue(
        check.toString().contains("divided by the roots of their second moments"),
        check::toPrettyString);
    assertTrue(check.toString().contains("batch_invariance"), check::toPrettyString);
  }

  /** A document's own text has influence 1 on it: both vectors have norm 1. */
  @Test
  void documentsAreFoundByTheirOwnText() throws Exception {
    node.put(ATTRIBUTORS + "found", trackStar(4096, true));
    node.put(
        "/_ingest/pipeline/found",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"found\",\"target_field\":\"g\"}}]}");
    node.put(
        "/found",
        """
        {"settings":{"index.codec":"rapidin","index.default_pipeline":"found",
          "number_of_replicas":0},"mappings":{"properties":{
          "g":{"type":"gradient_vector","attributor":"found"}}}}""");
    List<ObjectNode> documents = TestNode.documents(10);
    node.post("/found/_bulk?refresh=true", TestNode.bulk(documents));
    for (ObjectNode document : documents) {
      JsonNode hit =
          node.post(
                  "/found/_search",
                  "{\"size\":1,\"query\":{\"influence\":{\"g\":%s}}}"
                      .formatted(TestNode.sample(document)))
              .at("/hits/hits/0");
      assertEquals(TestNode.id(document), hit.path("_id").asText());
      assertEquals(1, hit.at("/fields/influence/0").asDouble(), 1e-3);
    }
  }

  private void assertRefused(String attributor, String message) throws Exception {
    ApiException refusal = node.refused("PUT", ATTRIBUTORS + "a", attributor);
    assertEquals(400, refusal.status(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains(message), refusal.getMessage());
  }

  @Test
  void whatIsWrongWithTheFileIsNamed() throws Exception {
    assertRefused(
        attributor("linear", "{\"method\":\"trackstar\",\"second_moment\":\"file\"}"),
        "has no second moments of [model.layers.0.self_attn.q_proj.weight]");
    assertRefused(
        trackStar(4096, true).replace("\"adam\"", "\"demo\""), "model [demo] lacks " + FILE);
    float[] negative = moments.clone();
    negative[5] = -1;
    write(negative);
    try {
      assertRefused(trackStar(4096, true), "has -1.0 at element 5 of 16384");
    } finally {
      write(moments);
    }
  }

  /** Vectors of another file are not mixed with those of this one. */
  @Test
  void anotherFileIsAnotherAttributor() throws Exception {
    node.put(ATTRIBUTORS + "before?check=false", trackStar(1024, true)); // does not load it
    String before = node.get(ATTRIBUTORS + "before").findValue("fingerprint").asText();
    write(moments(8));
    try {
      ObjectNode sample = TestNode.sample(TestNode.documents(1).getFirst());
      ObjectNode body = TestNode.JSON.createObjectNode();
      body.putArray("samples").add(sample);
      String refusal =
          node.refused("POST", ATTRIBUTORS + "before/_vectorize", body.toString()).getMessage();
      assertTrue(refusal.contains("have changed since the attributor was put"), refusal);
      assertTrue(refusal.contains(FILE), refusal);
      node.put(ATTRIBUTORS + "after", trackStar(1024, true));
      assertNotEquals(before, node.get(ATTRIBUTORS + "after").findValue("fingerprint").asText());
    } finally {
      write(moments);
    }
  }
}
