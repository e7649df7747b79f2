package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One field a method of compression on a real node: the attributors are those of config/. */
@TestInstance(Lifecycle.PER_CLASS)
class CompressionMethodsIT {
  private static final String ATTRIBUTORS = "/_plugins/_rapidin/attributors/";

  /** As demo-logra, of the modules mlp alone. */
  private static final String MLP = "demo-logra-mlp";

  private static final String TRACKSTAR = "demo-trackstar";

  private static final String LOGRA = "\"method\": \"logra\"";

  /**
   * Field and attributor → numbers of a vector; 78,848 numbers of three adapters are exact, 32 · 32
   * of 28 layers at three checkpoints are projected, or of the 12 of them that are of an MLP; or as
   * many of each layer as 65,536 have room for.
   */
  private static final Map<String, Integer> DIMENSIONS =
      Map.of(
          "demo",
          65_536,
          "demo-exact",
          236_544,
          "demo-random",
          4096,
          "demo-logra",
          86_016,
          MLP,
          36_864,
          TRACKSTAR,
          65_536);

  /** √(3 checkpoints × 56 tensors): every document's norm under layer normalization. */
  private static final double NORM = Math.sqrt(168);

  private TestNode node;
  private DemoGeneration generation;
  private List<ObjectNode> documents;

  @BeforeAll
  void indexDocuments(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "1g", Map.of());
    StringBuilder processors = new StringBuilder();
    StringBuilder fields = new StringBuilder();
    for (String name : DIMENSIONS.keySet()) {
      node.put(ATTRIBUTORS + name, attributor(name));
      processors
          .append(processors.isEmpty() ? "" : ",")
          .append(
              "{\"rapidgrad\":{\"attributor\":\"%s\",\"target_field\":\"%s\"}}"
                  .formatted(name, name));
      fields
          .append(fields.isEmpty() ? "" : ",")
          .append(
              "\"%s\":{\"type\":\"gradient_vector\",\"attributor\":\"%s\"}".formatted(name, name));
    }
    node.put("/_ingest/pipeline/methods", "{\"processors\":[" + processors + "]}");
    node.put("/methods", index(fields.toString()));
    documents = TestNode.documents(12);
    JsonNode answer = node.post("/methods/_bulk?refresh=true", TestNode.bulk(documents));
    assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
    generation = DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
  }

  private static String attributor(String name) throws IOException {
    return name.equals(MLP) ? logra("\"modules\": \"mlp\"") : configured(name);
  }

  private static String configured(String name) throws IOException {
    return Files.readString(TestNode.config().resolve("attributors").resolve(name + ".json"));
  }

  /** The attributor demo-logra with more options. */
  private static String logra(String options) throws IOException {
    return configured("demo-logra").replace(LOGRA, LOGRA + ", " + options);
  }

  private static String index(String fields) {
    return """
    {"settings":{"index.codec":"rapidin","index.default_pipeline":"methods",
      "number_of_replicas":0},"mappings":{"properties":{%s}}}"""
        .formatted(fields);
  }

  @AfterAll
  void stop() {
    node.close();
  }

  /** Influence by id, from the hits of a search. */
  private Map<String, Double> influences(String field) throws Exception {
    return byId(field, hit -> hit.path("fields").path("influence").path(0).asDouble());
  }

  /** The score is 1 + x/(1 + |x|), of cosine x. */
  private static double cosine(JsonNode hit) {
    double score = hit.path("_score").asDouble() - 1;
    return score / (1 - Math.abs(score));
  }

  private Map<String, Double> byId(String field, ToDoubleFunction<JsonNode> value)
      throws Exception {
    String texts = TestNode.sample(generation.prompt(), generation.completion()).toString();
    JsonNode hits =
        node.post(
            "/methods/_search",
            "{\"size\":20,\"query\":{\"influence\":{\"" + field + "\":" + texts + "}}}");
    Map<String, Double> values = new HashMap<>();
    for (JsonNode hit : hits.path("hits").path("hits")) {
      values.put(hit.path("_id").asText(), value.applyAsDouble(hit));
    }
    assertEquals(documents.size(), values.size());
    return values;
  }

  @Test
  void influenceIsExactOrWithinTheErrorOfItsMethod() throws Exception {
    Map<String, Double> exact = influences("demo-exact");
    double[] query = vector("demo-exact", generation.prompt(), generation.completion());
    for (ObjectNode document : documents) {
      ObjectNode sample = TestNode.sample(document);
      double[] row =
          vector("demo-exact", sample.path("prompt").asText(), sample.path("completion").asText());
      assertEquals(NORM, Math.sqrt(dot(row, row)), 1e-3);
      double influence = exact.get(TestNode.id(document));
      // Half precision: 2^-11 of each number, averaged over many.
      assertEquals(dot(query, row), influence, 2e-4 * NORM * NORM);
    }
    for (String sketched : List.of("demo", "demo-random")) {
      double squares = 0;
      Map<String, Double> estimates = influences(sketched);
      for (Map.Entry<String, Double> entry : exact.entrySet()) {
        double variance =
            (Math.pow(NORM, 4) + Math.pow(entry.getValue(), 2)) / DIMENSIONS.get(sketched);
        double error = estimates.get(entry.getKey()) - entry.getValue();
        squares += error * error / variance;
      }
      // Errors of one query are not independent; the seeds are fixed.
      double standardErrors = Math.sqrt(squares / exact.size());
      assertTrue(standardErrors > 0.2 && standardErrors < 2, sketched + ": " + standardErrors);
    }
  }

  /** What the node computes for a pair of texts is what it finds in the index. */
  @ParameterizedTest
  @ValueSource(strings = {"demo-logra", MLP, TRACKSTAR})
  void projectedFactorsAreScoredByTheCosineOfTheirVectors(String name) throws Exception {
    Map<String, Double> cosines = byId(name, CompressionMethodsIT::cosine);
    double[] query = vector(name, generation.prompt(), generation.completion());
    for (ObjectNode document : documents) {
      ObjectNode sample = TestNode.sample(document);
      double[] row =
          vector(name, sample.path("prompt").asText(), sample.path("completion").asText());
      double cosine = dot(query, row) / Math.sqrt(dot(query, query) * dot(row, row));
      assertEquals(cosine, cosines.get(TestNode.id(document)), 1e-4, TestNode.id(document));
    }
  }

  /** Each layer has q, k, v, o, gate, up and down, of 32 · 32 numbers each. */
  @Test
  void vectorsOfSomeModulesArePartsOfThoseOfAll() throws Exception {
    double[] all = vector("demo-logra", generation.prompt(), generation.completion());
    double[] mlp = vector(MLP, generation.prompt(), generation.completion());
    double[] part =
        IntStream.range(0, all.length)
            .filter(i -> i / 1024 % 7 > 3)
            .mapToDouble(i -> all[i])
            .toArray();
    assertEquals(mlp.length, part.length);
    assertEquals(1, dot(mlp, part) / Math.sqrt(dot(mlp, mlp) * dot(part, part)), 1e-6);
  }

  @Test
  void modulesAreNamed() throws Exception {
    node.put(ATTRIBUTORS + "demo-logra", logra("\"projection\": \"random\", \"modules\": \"all\""));
    String one = "model.layers.3.mlp.up_proj";
    node.put(ATTRIBUTORS + "one", logra("\"modules\": [\"" + one + "\"]"));
    JsonNode compression = node.get(ATTRIBUTORS + "one").findValue("compression");
    assertEquals(3 * 1024, compression.path("dimension").asInt());
    assertEquals(one, compression.path("modules").path(0).asText());
    JsonNode check = node.post(ATTRIBUTORS + "one/_check", null);
    assertTrue(check.toString().contains("to rank 32 (layers: 1)"), check::toPrettyString);
    node.delete(ATTRIBUTORS + "one");
  }

  private double[] vector(String attributor, String prompt, String completion) throws Exception {
    ObjectNode body = TestNode.JSON.createObjectNode();
    body.putArray("samples").add(TestNode.sample(prompt, completion));
    JsonNode answer = node.post(ATTRIBUTORS + attributor + "/_vectorize", body.toString());
    float[] floats = TestNode.floats(answer.at("/vectors/0/vector").asText());
    double[] vector = new double[floats.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = floats[i];
    }
    return vector;
  }

  private static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += u[i] * v[i];
    }
    return sum;
  }

  @Test
  void attributorsAndMappingsHaveTheDimension() throws Exception {
    for (Map.Entry<String, Integer> entry : DIMENSIONS.entrySet()) {
      JsonNode attributor = node.get(ATTRIBUTORS + entry.getKey());
      assertEquals(
          entry.getValue(),
          attributor.findValue("compression").path("dimension").asInt(),
          attributor::toPrettyString);
      JsonNode field =
          node.get("/methods/_mapping").at("/methods/mappings/properties/" + entry.getKey());
      assertEquals(entry.getValue(), field.path("dimension").asInt());
    }
  }

  @Test
  void theSameAttributorMayBePutAgainWithOrWithoutItsDimension() throws Exception {
    String without = configured("demo-exact");
    node.put(ATTRIBUTORS + "demo-exact", without);
    node.put(
        ATTRIBUTORS + "demo-exact",
        without.replace("\"identity\"", "\"identity\", \"dimension\": 236544"));
  }

  @Test
  void checkSaysWhatTheMethodMakesOfTheGradient() throws Exception {
    JsonNode exact = node.post(ATTRIBUTORS + "demo-exact/_check", null);
    assertTrue(exact.toString().contains("vectors are the 236544 numbers"), exact::toPrettyString);
    assertFalse(exact.toString().contains("\"status\":\"failed\""), exact::toPrettyString);
    JsonNode random = node.post(ATTRIBUTORS + "demo-random/_check", null);
    assertTrue(random.toString().contains("a standard error of 1.6e-02"), random::toPrettyString);
  }

  @Test
  void statisticsNameTheMethodOfEachLoadedAttributor() throws Exception {
    List<String> methods = node.get("/_plugins/_rapidin/stats").findValuesAsText("compression");
    assertTrue(
        methods.containsAll(List.of("identity", "random", "rapidgrad", "logra", "trackstar")),
        methods::toString);
  }
}
