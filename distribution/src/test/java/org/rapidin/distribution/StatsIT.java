package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Statistics, and loading and unloading of models. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatsIT {
  private static final String RAPIDIN = "/_plugins/_rapidin/";

  /** The demo attributor's max_tokens. */
  private static final int MAX_TOKENS = 128;

  private TestNode node;

  @BeforeAll
  void start(@TempDir Path work) throws Exception {
    node = TestNode.start(work, "512m", Map.of());
    node.createDemoIndex();
  }

  @AfterAll
  void stop() {
    node.close();
  }

  @Test
  void countsWhatBecameOfEveryDocumentAndQuery() throws Exception {
    assertCounts(0, 0, 0, 0);
    assertScored(0);
    assertEquals(0, gradients().path("tokens").asLong(-1));
    List<ObjectNode> documents = TestNode.documents(4);
    documents.get(1).put("output", "the ".repeat(2 * MAX_TOKENS));
    documents.get(2).put("output", "the").put("instruction", "the ".repeat(2 * MAX_TOKENS));
    index(documents.subList(0, 3), "");
    index(documents.subList(3, 4), "&pipeline=_none");

    assertCounts(2, 0, 1, 1);
    long tokens = gradients().path("tokens").asLong();
    assertTrue(tokens > MAX_TOKENS && tokens < 2 * MAX_TOKENS, tokens + " tokens");
    assertTrue(gradients().path("computing_time_in_millis").asLong() > 0);
    assertEquals(0, gradients().path("waiting").asInt(-1));
    assertEquals(0, gradients().path("rejected").asInt(-1));
    assertEquals(0, node().at("/memory/reserved_in_bytes").asLong(-1));
    JsonNode memory = node().path("native_memory");
    JsonNode weights = memory.at("/weights/models/0");
    long adapters =
        memory.path("reserved_in_bytes").asLong() - weights.path("resident_in_bytes").asLong();
    assertTrue(adapters > 0, "only weights and adapters stay reserved: " + memory);
    assertTrue(memory.path("peak_in_bytes").asLong() > memory.path("reserved_in_bytes").asLong());
    assertTrue(memory.path("limit_in_bytes").asLong() >= memory.path("peak_in_bytes").asLong());
    assertTrue(weights.path("resident_layers").asInt() > 0, memory::toPrettyString);
    assertEquals(weights.path("total_in_bytes"), weights.path("resident_in_bytes"));
    assertTrue(node().at("/memory/limit_in_bytes").asLong() > 0);
    assertEquals(
        1, stats().at("/documents_without_vector/train/gradient").asInt(), stats().toString());

    DemoGeneration generation =
        DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact");
    node.post("/train/_search", generation.search(null, false, 1).toString());
    assertCounts(2, 1, 1, 1);
    assertScored(2);
    assertEquals(tokens, gradients().path("tokens").asLong(), "tokens are of documents");
  }

  @Test
  void modelsAreLoadedAndUnloadedOnRequest() throws Exception {
    assertEquals(3, model().path("adapters").size(), model()::toPrettyString);
    assertEquals(1, model().path("loaded").size(), "the check of PUT has loaded it");
    assertEquals(1, attributors(node.post(RAPIDIN + "models/demo/_unload", null)));
    assertEquals(0, model().path("loaded").size(), model()::toPrettyString);

    assertEquals(1, attributors(node.post(RAPIDIN + "models/demo/_load", null)));
    assertEquals(1, model().path("loaded").size(), model()::toPrettyString);
    JsonNode loaded = model().path("loaded").path(0);
    assertEquals(
        node.get(RAPIDIN + "attributors/demo").findValue("fingerprint").asText(),
        loaded.path("fingerprint").asText());
    assertTrue(loaded.path("size_in_bytes").asLong() > 100_000, loaded::toPrettyString);
    assertEquals(model(), node().at("/models/demo"), "stats and models agree");
    assertEquals("running", node().path("torch").asText());
    assertEquals("cpu", node().at("/device/name").asText(), node()::toPrettyString);
    assertEquals("cpu", node().at("/device/flavor").asText(), node()::toPrettyString);
    assertEquals("auto: this libtorch has no CUDA", node().at("/device/reason").asText());

    assertEquals(1, attributors(node.post(RAPIDIN + "models/demo/_unload", null)));
    assertEquals(0, model().path("loaded").size(), model()::toPrettyString);
  }

  private void index(List<ObjectNode> documents, String more) throws Exception {
    node.post("/train/_bulk?refresh=true" + more, TestNode.bulk(documents));
  }

  private void assertCounts(int documents, int queries, int truncations, int failures)
      throws Exception {
    JsonNode gradients = gradients();
    assertEquals(documents, gradients.path("documents").asInt(-1), gradients::toString);
    assertEquals(queries, gradients.path("queries").asInt(-1), gradients::toString);
    assertEquals(truncations, gradients.path("truncations").asInt(-1), gradients::toString);
    assertEquals(failures, gradients.path("failures").asInt(-1), gradients::toString);
  }

  /** The files of an assembled node are mapped: no row is copied. */
  private void assertScored(int rows) throws Exception {
    JsonNode scans = node().path("cpu_scans");
    assertEquals(rows, scans.path("mapped_rows").asInt(-1), scans::toString);
    assertEquals(0, scans.path("copied_rows").asInt(-1), scans::toString);
  }

  private JsonNode gradients() throws Exception {
    return node().path("gradients");
  }

  private JsonNode stats() throws Exception {
    return node.get(RAPIDIN + "stats");
  }

  /** Returns the statistics of the only node. */
  private JsonNode node() throws Exception {
    return stats().path("nodes").elements().next();
  }

  private JsonNode model() throws Exception {
    return node.get(RAPIDIN + "models").path("nodes").elements().next().at("/models/demo");
  }

  private static int attributors(JsonNode answer) {
    return answer.path("nodes").elements().next().path("attributors").asInt(-1);
  }
}
