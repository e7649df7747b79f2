package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** A node with a CUDA driver that runs the kernels on the CPU, loaded as the real one is. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class GpuIT {
  private static final int DOCUMENTS = 40;
  private static final String ENABLED = "plugins.rapidin.gpu.enabled";
  private static final String STATS = "/_plugins/_rapidin/stats";

  /** The driver of the kernels' tests, which has no device memory unless a test gives it some. */
  private static final String DRIVER =
      """
      #include "fakecuda.cpp"
      static const long long begun = fake_reset(1, 1LL << 30);
      """;

  private TestNode node;
  private Path temporary;
  private UnaryOperator<List<String>> wrapper = UnaryOperator.identity();
  private String search;

  @BeforeAll
  void indexDocuments(@TempDir Path work) throws Exception {
    Path driver = compileDriver(Files.createDirectories(work.resolve("driver")));
    temporary = new NodeFolder(work.resolve("node")).tmp();
    node =
        TestNode.start(
            work.resolve("node"),
            "1g",
            Map.of("plugins.rapidin.gpu.min_segment_docs", "1"),
            process -> {
              process.environment(Map.of("LD_LIBRARY_PATH", driver.toString()));
              process.wrap(wrapper);
            });
    node.createDemoIndex();
    index("train");
    search =
        DemoGeneration.first(TestNode.demo().resolve("generations.jsonl"), "fact")
            .search(null, false, DOCUMENTS)
            .toString();
  }

  private void index(String index) throws Exception {
    List<ObjectNode> documents = TestNode.documents(DOCUMENTS);
    for (int from = 0; from < DOCUMENTS; from += DOCUMENTS / 2) {
      String bulk = TestNode.bulk(documents.subList(from, from + DOCUMENTS / 2));
      JsonNode answer = node.post("/" + index + "/_bulk?refresh=true", bulk);
      assertFalse(answer.path("errors").asBoolean(), answer::toPrettyString);
    }
  }

  @AfterAll
  void stop() {
    if (node != null) {
      node.close();
    }
  }

  /** Skips the test where nothing can compile the driver. */
  private static Path compileDriver(Path directory) throws Exception {
    Path module = Main.root().resolve("gpu-scorer");
    List<String> command = new ArrayList<>(List.of("g++", "-shared", "-fPIC", "-O2"));
    command.addAll(List.of("-std=c++17", "-march=native", "-ffp-contract=off", "-DEMULATOR"));
    command.addAll(List.of("-I" + module.resolve("src/main/cuda")));
    command.addAll(List.of("-I" + module.resolve("src/test/cuda"), "-Wl,-soname,libcuda.so.1"));
    Path source = directory.resolve("driver.cpp");
    Files.writeString(source, DRIVER);
    command.add(source.toString());
    command.addAll(List.of("-o", directory.resolve("libcuda.so.1").toString()));
    try {
      assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), command::toString);
    } catch (IOException absent) {
      Assumptions.abort("no g++: " + absent.getMessage());
    }
    return directory;
  }

  @Test
  @Order(1)
  void theStatisticsNameDeviceAndDriver() throws Exception {
    JsonNode gpu = gpu();
    assertEquals("ready", gpu.path("state").asText(), gpu::toPrettyString);
    assertEquals("", gpu.path("reason").asText());
    assertFalse(gpu.path("driver").asText().isEmpty());
    JsonNode device = gpu.path("devices").path(0);
    assertFalse(device.path("name").asText().isEmpty(), gpu::toPrettyString);
    assertTrue(device.path("memory_limit_in_bytes").asLong() > 0, gpu::toPrettyString);
  }

  @Test
  @Order(2)
  void aWarmUpReportsEveryRow() throws Exception {
    JsonNode answer = node.post("/_plugins/_rapidin/warmup/train", null);
    long rows = 0;
    for (JsonNode shard : answer.path("nodes").elements().next().path("shards")) {
      assertEquals("gradient", shard.path("field").asText());
      assertEquals(0, shard.path("rows_on_cpu").size(), answer::toPrettyString);
      rows += shard.path("rows_on_device").asLong();
    }
    assertEquals(DOCUMENTS, rows, answer::toPrettyString);
    assertEquals(DOCUMENTS, gpu().path("resident_rows").asLong());
  }

  @Test
  @Order(3)
  void aWarmUpThatNobodyWaitsForKeepsItsReport() throws Exception {
    String task =
        node.post("/_plugins/_rapidin/warmup/train?wait_for_completion=false", null)
            .path("task")
            .asText();
    JsonNode done = node.get("/_tasks/" + task + "?wait_for_completion=true");
    assertTrue(done.path("completed").asBoolean(), done::toPrettyString);
    assertEquals("cluster:admin/rapidin/warmup", done.path("task").path("action").asText());
    assertEquals(0, done.path("response").findValue("rows_on_cpu").size(), done::toPrettyString);
  }

  @Test
  @Order(4)
  void filteredDocumentsAreScoredOnTheDevice() throws Exception {
    long before = gpu().path("rows_scored").asLong();
    ObjectNode filtered = (ObjectNode) TestNode.JSON.readTree(search);
    ((ObjectNode) filtered.at("/query/influence/gradient"))
        .putObject("filter")
        .putObject("ids")
        .putArray("values")
        .add(TestNode.id(TestNode.documents(1).getFirst()));
    JsonNode hits = node.post("/train/_search", filtered.toString()).path("hits").path("hits");
    assertEquals(1, hits.size(), hits::toPrettyString);
    assertEquals(before + 1, gpu().path("rows_scored").asLong());
  }

  @Test
  @Order(5)
  void aDeletedIndexLeavesTheDeviceWithinASecond() throws Exception {
    long rows = gpu().path("resident_rows").asLong();
    index("train-other");
    node.post("/_plugins/_rapidin/warmup/train-other", null);
    assertEquals(rows + DOCUMENTS, gpu().path("resident_rows").asLong());
    long used = usedBytes();
    node.delete("/train-other");
    long deadline = System.nanoTime() + 1_000_000_000L;
    while (gpu().path("resident_rows").asLong() > rows) {
      assertTrue(System.nanoTime() < deadline, gpu()::toPrettyString);
    }
    assertTrue(used - usedBytes() >= DOCUMENTS * 2L * 65_536, gpu()::toPrettyString);
  }

  @Test
  @Order(6)
  void hitsAreThoseOfTheCpu() throws Exception {
    Map<String, Double> onDevice = hits();
    JsonNode gpu = gpu();
    assertTrue(gpu.path("scans").asLong() > 0, gpu::toPrettyString);
    assertTrue(gpu.path("passes").asLong() > 0, gpu::toPrettyString);
    assertEquals(0, gpu.path("scans_on_cpu").size(), gpu::toPrettyString);

    node.restartWith(ENABLED, "false");
    Map<String, Double> onCpu = hits();
    assertEquals("disabled", gpu().path("state").asText());
    assertEquals(0, gpu().path("scans").asLong());
    assertEquals(onCpu.keySet(), onDevice.keySet());
    onCpu.forEach((id, score) -> assertEquals(score, onDevice.get(id), 1e-5, id));
  }

  /** The natives of JCuda are extracted there, those that gradients need are not. */
  @Test
  @Order(7)
  void aNodeWithoutExecutableTemporaryFilesScoresOnTheCpu() throws Exception {
    wrapper = this::withoutExecutableTemporaryFiles;
    Assumptions.assumeTrue(succeeds(wrapper.apply(List.of("true"))), "nothing can be mounted here");
    node.restartWith(ENABLED, "true");
    JsonNode gpu = gpu();
    assertEquals("disabled", gpu.path("state").asText(), gpu::toPrettyString);
    String reason = gpu.path("reason").asText();
    assertTrue(reason.contains("java.io.tmpdir must allow executable files"), reason);
    String log = Files.readString(node.process().log());
    assertTrue(log.contains("GPU scoring is off: " + reason), log);

    assertEquals(DOCUMENTS, hits().size());
    assertEquals(0, gpu().path("scans").asLong());
    assertEquals(DOCUMENTS, stats().at("/cpu_scans/mapped_rows").asLong());
  }

  private static boolean succeeds(List<String> command) throws InterruptedException {
    try {
      return new ProcessBuilder(command).start().waitFor() == 0;
    } catch (IOException absent) {
      return false;
    }
  }

  private List<String> withoutExecutableTemporaryFiles(List<String> command) {
    List<String> mounted = new ArrayList<>(List.of("unshare", "-m", "-r"));
    String mount = "mount -t tmpfs -o noexec none \"$0\" && exec \"$@\"";
    mounted.addAll(List.of("sh", "-c", mount, temporary.toString()));
    mounted.addAll(command);
    return mounted;
  }

  private Map<String, Double> hits() throws Exception {
    Map<String, Double> scores = new TreeMap<>();
    for (JsonNode hit : node.post("/train/_search", search).path("hits").path("hits")) {
      scores.put(hit.path("_id").asText(), hit.path("_score").asDouble());
    }
    assertEquals(DOCUMENTS, scores.size());
    return scores;
  }

  private long usedBytes() throws Exception {
    return gpu().path("devices").path(0).path("memory_used_in_bytes").asLong();
  }

  private JsonNode gpu() throws Exception {
    return stats().path("gpu");
  }

  private JsonNode stats() throws Exception {
    return node.get(STATS).path("nodes").elements().next();
  }
}
