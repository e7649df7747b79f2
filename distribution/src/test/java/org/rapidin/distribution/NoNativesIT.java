package org.rapidin.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without libtorch the node works, vectors are stored and scored, and gradients answer 503. */
class NoNativesIT {

  @Test
  void gradientsAnswer503AndEverythingElseWorks(@TempDir Path work) throws Exception {
    Path home = homeWithoutLibtorch(work.resolve("home"));
    try (TestNode node = TestNode.start(home, work.resolve("node"), "512m", Map.of())) {
      node.createDemoIndex();
      ApiException refusal =
          node.refused(
              "POST",
              "/train/_search",
              "{\"query\":{\"influence\":{\"gradient\":{\"prompt\":\"the\",\"completion\":\"the\"}}}}");
      assertEquals(503, refusal.status(), refusal.getMessage());
      assertTrue(refusal.getMessage().contains("libtorch"), refusal.getMessage());
      JsonNode item =
          node.post("/train/_bulk", TestNode.bulk(TestNode.documents(1))).path("items").get(0);
      assertEquals(503, item.path("index").path("status").asInt(), item::toPrettyString);
      float[] vector = new float[65_536];
      vector[3] = 2;
      String document = "{\"gradient\":" + java.util.Arrays.toString(vector) + "}";
      node.put("/train/_doc/raw?refresh=true&pipeline=_none", document);
      JsonNode hit =
          node.post(
                  "/train/_search",
                  "{\"query\":{\"influence\":{\"gradient\":{\"vector\":"
                      + java.util.Arrays.toString(vector)
                      + "}}}}")
              .path("hits")
              .path("hits")
              .get(0);
      assertEquals(4, hit.path("fields").path("influence").path(0).asDouble(), 1e-3);
    }
  }

  /** Creates a home with links to the assembled one, without libtorch. */
  private static Path homeWithoutLibtorch(Path home) throws IOException {
    Path plugin = Files.createDirectories(home.resolve("plugins/rapidin"));
    for (String part : List.of("agent", "config", "lib", "modules")) {
      Files.createSymbolicLink(
          home.resolve(part), TestNode.assembledHome().toRealPath().resolve(part));
    }
    try (Stream<Path> files = Files.list(TestNode.assembledHome().resolve("plugins/rapidin"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, plugin.resolve(file.getFileName()));
      }
    }
    return home;
  }
}
