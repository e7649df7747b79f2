package org.rapidin.attribution.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.ModelFiles;
import org.rapidin.attribution.model.file.TensorType;
import org.rapidin.attribution.model.torch.TinyTokenizer;

/** Every file that an attributor needs is looked at, and a bad one is refused by its name. */
class ModelCheckTests {
  @TempDir Path root;
  private Path folder;

  @BeforeEach
  void writeAModel() throws IOException {
    folder = Files.createDirectories(root.resolve("tiny/lora")).getParent();
    Files.writeString(folder.resolve("config.json"), ModelFiles.CONFIG);
    TinyTokenizer.write(folder.resolve("tokenizer.json"), true);
    Files.writeString(folder.resolve("lora/adapter_config.json"), ModelFiles.LORA_CONFIG);
    try (TinyModel model = new TinyModel(TinyModel.Variant.ADAPTED, 43)) {
      List<String> base = new ArrayList<>(model.parameters().keySet());
      List<String> adapter = new ArrayList<>();
      model.decoder().adapter().orElseThrow().parameters().keySet().forEach(adapter::add);
      base.removeAll(adapter);
      write(model, "model.safetensors", base);
      write(model, "lora/adapter_model.safetensors", adapter);
    }
  }

  private void write(TinyModel model, String file, List<String> names) throws IOException {
    ModelFiles.write(folder.resolve(file), model.parameters(), names, TensorType.F32);
  }

  private int tensors() throws IOException {
    return gradients(Map.of("adapter", "lora")).tensors().size();
  }

  private GradientLayout gradients(Map<String, Object> more) throws IOException {
    Map<String, Object> spec = new HashMap<>(more);
    spec.put("model", "tiny");
    spec.put("template", Map.of("completion", "{{t}}"));
    return ModelCheck.gradients(
        ModelDirectory.open(root, "tiny"), AttributorSpecFormat.fromMap(spec));
  }

  @Test
  void wholeModelHasTheTensorsOfItsAdapter() throws IOException {
    assertEquals(2 * 2 * 3, tensors(), "A and B of three modules in two layers");
  }

  /** What is registered from headers alone is what passes emit. */
  @Test
  void gradientsAreThoseOfAComputer() throws IOException {
    List<?> checkpoints = List.of(Map.of("adapter", "lora"), Map.of("adapter", "lora"));
    try (TinyModel model = new TinyModel(TinyModel.Variant.ADAPTED, 43)) {
      for (String parameters : List.of("adapter", "linear", "*", "*norm*")) {
        GradientLayout got =
            gradients(Map.of("checkpoints", checkpoints, "parameters", List.of(parameters)));
        List<Parameter> wanted =
            new GradientComputer(model.manager(), model.decoder(), List.of(parameters))
                .parameters();
        assertEquals(
            wanted.stream()
                .map(
                    p ->
                        new GradientLayout.Tensor(
                            p.name(), p.shape(), p.name().endsWith("_proj.weight")))
                .toList(),
            got.tensors());
        assertEquals(2 * wanted.stream().mapToLong(Parameter::size).sum(), got.length());
      }
    }
  }

  /** A name that fits nothing is found by the headers alone, when an attributor is put. */
  @Test
  void modulesOfTheCompressionAreThoseOfTheModel() throws IOException {
    GradientLayout mlp =
        gradients(
            Map.of(
                "parameters",
                "linear",
                "compression",
                Map.of("method", "logra", "modules", "mlp")));
    assertEquals(2 * 3, mlp.tensors().size());
    assertTrue(mlp.tensors().stream().allMatch(tensor -> tensor.name().contains(".mlp.")));
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    gradients(
                        Map.of(
                            "parameters",
                            "linear",
                            "compression",
                            Map.of("method", "logra", "modules", List.of("model.layers.9.mlp")))))
            .getMessage();
    assertTrue(message.startsWith("compression.modules [model.layers.9.mlp] fits none"), message);
    assertTrue(message.contains("such as [model.layers.0.self_attn.q_proj, "), message);
  }

  /** What is registered from headers alone is what passes emit, tied or not. */
  @Test
  void methodsOfTheHeadHaveItsTensorsWhateverTheParameters() throws IOException {
    LmHead method = new LmHead(256, 1);
    for (TinyModel.Variant variant :
        List.of(TinyModel.Variant.ADAPTED, TinyModel.Variant.ADAPTED_TIED)) {
      try (TinyModel model = new TinyModel(variant, 43)) {
        int vocabulary = model.decoder().config().vocabularySize();
        List<Parameter> wanted =
            GradientComputer.ofHead(model.manager(), model.decoder(), method.vocabulary(vocabulary))
                .parameters();
        for (String parameters : List.of("adapter", "linear")) {
          GradientLayout got =
              ModelCheck.gradients(
                  AttributorSpecFormat.fromMap(
                      Map.of(
                          "model",
                          "tiny",
                          "adapter",
                          "lora",
                          "parameters",
                          parameters,
                          "template",
                          Map.of("completion", "{{t}}"),
                          "compression",
                          method.toMap())),
                  model.decoder().layout(),
                  model.decoder().adapter().orElseThrow().shapes());
          assertEquals(
              wanted.stream()
                  .map(p -> new GradientLayout.Tensor(p.name(), p.shape(), false))
                  .toList(),
              got.tensors());
        }
      }
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> gradients(Map.of("parameters", "typo", "compression", method.toMap())));
  }

  @Test
  void anyFileCutShortOrOverwrittenIsRefusedByItsName() throws IOException {
    for (String file :
        List.of(
            "config.json",
            "tokenizer.json",
            "model.safetensors",
            "lora/adapter_config.json",
            "lora/adapter_model.safetensors")) {
      byte[] whole = Files.readAllBytes(folder.resolve(file));
      for (byte[] bad : List.of(Arrays.copyOf(whole, whole.length / 2), new byte[] {9})) {
        Files.write(folder.resolve(file), bad);
        assertRefused(Path.of(file).getFileName().toString());
      }
      Files.write(folder.resolve(file), whole);
    }
    tensors();
  }

  @Test
  void jsonThatIsNoTokenizerIsRefused() throws IOException {
    for (String other : List.of("[]", "{}", "{\"model\": null}", "{\"model\": {}} {}")) {
      Files.writeString(folder.resolve("tokenizer.json"), other);
      assertRefused("tokenizer.json");
    }
  }

  @Test
  void aStoredHeadThatDiffersFromATiedEmbeddingIsRefused() throws IOException {
    String tied = ModelFiles.CONFIG.replace("}", ", \"tie_word_embeddings\": true}");
    Files.writeString(folder.resolve("config.json"), tied);
    String message = assertThrows(IllegalArgumentException.class, this::tensors).getMessage();
    assertTrue(message.contains("tie_word_embeddings"), message);
    assertTrue(message.contains("[lm_head.weight] that differs"), message);
    try (TinyModel model = new TinyModel(TinyModel.Variant.ADAPTED, 43)) {
      Map<String, NDArray> equal = new HashMap<>(model.parameters());
      equal.put("lm_head.weight", equal.get("model.embed_tokens.weight"));
      List<String> base = new ArrayList<>(equal.keySet());
      base.removeAll(model.decoder().adapter().orElseThrow().parameters().keySet());
      Path file = folder.resolve("model.safetensors");
      ModelFiles.write(file, equal, base, TensorType.F32);
      assertEquals(2 * 2 * 3, tensors(), "a stored copy changes nothing");
    }
  }

  private void assertRefused(String file) {
    String message = assertThrows(IllegalArgumentException.class, this::tensors).getMessage();
    assertTrue(message.startsWith(file + " "), message);
  }
}
