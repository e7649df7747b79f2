package org.rapidin.distribution;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Mistakes in attributors and in the model directories that they name. */
class AttributorMistakesIT extends UserMistakesTestCase {
  private static final List<String> MODEL_FILES =
      List.of(
          "config.json",
          "tokenizer.json",
          "model.safetensors",
          "checkpoint-1/adapter_config.json",
          "checkpoint-1/adapter_model.safetensors");

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
  void deletingAnAttributorInUse() throws Exception {
    ApiException refusal = node.refused("DELETE", ATTRIBUTORS + "demo", null);
    assertEquals(409, refusal.status());
    assertTrue(refusal.getMessage().matches("(?s).*\\btrain\\b(?!-).*"), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("influence"), refusal.getMessage());
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

  /** Returns an attributor with an adapter, so that all files are read. */
  private static String adapted(String model) {
    return spec("\"" + model + "\"")
        .replace("\"linear\"", "\"adapter\",\"adapter\":\"checkpoint-1\"");
  }
}
