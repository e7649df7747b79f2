package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./rapidin up} as a process: it reports its node's end and lists linked models. */
class UpCommandIT {
  private static final Duration LIMIT = Duration.ofSeconds(120);
  private static final Pattern ADDRESS = Pattern.compile("at (http://127\\.0\\.0\\.1:\\d+)");

  @TempDir private Path work;
  private Process command;

  @Test
  void aKilledNodeIsReportedWithItsLogAndAStatus() throws Exception {
    start("--heap", "512m");
    node().destroyForcibly();
    assertEquals(1, exitStatus());
    String printed = printed();
    assertTrue(printed.contains("rapidin: the node ended unexpectedly with status 137"), printed);
    assertTrue(printed.contains("it was killed"), printed);
    assertTrue(printed.contains("the end of its log"), printed);
    assertTrue(printed.contains("] started"), printed);
  }

  @Test
  void anExhaustedHeapIsReportedByName() throws Exception {
    start("--heap", "512m");
    try (OpenSearchClient client = client()) {
      client.send("PUT", "/some/_doc/1?refresh=true", "{}");
      String script = "{\"script_fields\":{\"x\":{\"script\":\"new long[200000000].length\"}}}";
      client.send("POST", "/some/_search", script);
    } catch (IOException connectionLost) {
      // The node ends before it can answer.
    }
    assertEquals(1, exitStatus());
    assertTrue(printed().contains("its Java heap is exhausted"), printed());
    assertTrue(printed().contains("--heap"), printed());
  }

  @Test
  void stoppingTheCommandStopsTheNodeWithoutAComplaint() throws Exception {
    start("--heap", "512m");
    ProcessHandle node = node();
    command.destroy();
    assertEquals(128 + 15, exitStatus());
    node.onExit().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
    assertFalse(printed().contains("ended"), printed());
  }

  @Test
  void modelsInAHuggingFaceCacheAreListedByRepository() throws Exception {
    Path demo = TestNode.demo().resolve("models/demo").toAbsolutePath().normalize();
    Path snapshot = work.resolve("hub/models--org--demo/snapshots/8f2a");
    Files.createDirectories(snapshot);
    for (String file : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Files.createSymbolicLink(snapshot.resolve(file), demo.resolve(file));
    }
    Files.createSymbolicLink(snapshot.resolve("epoch-1"), demo.resolve("checkpoint-1"));
    start("--heap", "512m", "--models", work.resolve("hub").toString());
    assertTrue(printed().contains("Models: org--demo"), printed());
    try (OpenSearchClient client = client()) {
      JsonNode models = client.get("/_plugins/_rapidin/models");
      assertTrue(models.toString().contains("org--demo"), models::toPrettyString);
      String spec =
          """
          { "model": "org--demo", "adapter": "epoch-1",
            "template": { "prompt": "{{instruction}}", "completion": "{{output}}" } }""";
      client.send("PUT", "/_plugins/_rapidin/attributors/linked", spec);
    }
  }

  /** Runs the command on its own project root, so that it cannot meet a command of the user's. */
  private void start(String... options) throws Exception {
    Path root = Files.createDirectories(work.resolve("root"));
    Path distribution = Main.root().resolve("distribution");
    Files.createSymbolicLink(root.resolve("distribution"), distribution);
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Drapidin.root=" + root,
                "-cp",
                distribution.resolve("target/client") + "/*",
                Main.class.getName(),
                "up",
                "--port",
                "0"));
    line.addAll(List.of(options));
    command =
        new ProcessBuilder(line)
            .redirectErrorStream(true)
            .redirectOutput(output().toFile())
            .start();
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!printed().contains("Ready.")) {
      assertTrue(command.isAlive() && System.nanoTime() < deadline, printed());
      Thread.sleep(100);
    }
  }

  private ProcessHandle node() {
    try (Stream<ProcessHandle> children = command.children()) {
      return children.findFirst().orElseThrow();
    }
  }

  private OpenSearchClient client() throws IOException {
    Matcher address = ADDRESS.matcher(printed());
    assertTrue(address.find(), printed());
    return new OpenSearchClient(URI.create(address.group(1)));
  }

  private int exitStatus() throws InterruptedException, IOException {
    assertTrue(command.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS), printed());
    return command.exitValue();
  }

  private Path output() {
    return work.resolve("output.txt");
  }

  private String printed() throws IOException {
    return Files.readString(output());
  }

  @AfterEach
  void stop() throws InterruptedException {
    command.destroy();
    command.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }
}
