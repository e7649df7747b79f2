package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TextTokenizer;

/** The weights of a model directory, and the tensors and files that are wrong in it. */
class ModelDirectoryTests extends ModelDirectoryTestCase {

  private ResidentWeights load() throws IOException {
    try (TensorSource files = open().openWeights()) {
      return ResidentWeights.load(
          model.manager(), DecoderFamilies.parse(open().config()).layout(), files);
    }
  }

  @Test
  void loadsTheNumbersThatWereWritten() throws IOException {
    ModelDirectory directory = open();
    assertEquals(model.decoder().config(), DecoderFamilies.parse(directory.config()));
    assertEquals(List.of("lora"), directory.adapters());
    assertEquals(List.of("tiny"), ModelDirectory.list(root));
    try (ResidentWeights weights = load();
        TensorSource file = directory.openAdapter("lora");
        LoraWeights lora =
            LoraWeights.load(
                model.manager(),
                LoraConfig.parse(directory.adapterConfig("lora")),
                DecoderFamilies.parse(directory.config()).layout(),
                file)) {
      Map<String, NDArray> loaded = new HashMap<>(weights.parameters());
      loaded.putAll(lora.parameters());
      requireEqual(loaded);
    }
    TextTokenizer.open(TestRuntime.get(), directory.tokenizer()).close();
  }

  @Test
  void loadsShards() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    List<String> names = base();
    writeWeights("model-1-of-2.safetensors", names.subList(0, 5), TensorType.F32);
    writeWeights("model-2-of-2.safetensors", names.subList(5, names.size()), TensorType.F32);
    writeIndex(names, 5);
    try (ResidentWeights weights = load()) {
      requireEqual(weights.parameters());
    }
    assertTrue(
        open()
            .digests(new FileDigests(), List.of())
            .keySet()
            .containsAll(
                Set.of(
                    "model.safetensors.index.json",
                    "model-1-of-2.safetensors",
                    "model-2-of-2.safetensors")));
    writeIndex(names, 6);
    requireRefusal("the index says otherwise", () -> open().openWeights());
    writeIndex(names.subList(0, 3), 3);
    requireRefusal("the index says otherwise", () -> open().openWeights());
    Files.delete(folder.resolve("model-2-of-2.safetensors"));
    writeIndex(names, 5);
    requireRefusal("model [tiny] lacks model-2-of-2.safetensors", () -> open().openWeights());
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"../other/model.safetensors\"}}");
    requireRefusal("no *.safetensors file name", () -> open().openWeights());
  }

  private void writeIndex(List<String> names, int first) throws IOException {
    StringBuilder map = new StringBuilder();
    for (int i = 0; i < names.size(); i++) {
      map.append(i == 0 ? "" : ",")
          .append(
              "\"%s\": \"model-%s-of-2.safetensors\"".formatted(names.get(i), i < first ? 1 : 2));
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"metadata\": {\"total_size\": 1}, \"weight_map\": {" + map + "}}");
  }

  @Test
  void halfPrecisionWeightsAreWidened() throws IOException {
    writeWeights("model.safetensors", base(), TensorType.BF16);
    try (ResidentWeights weights = load()) {
      for (String name : base()) {
        float[] wanted = model.parameters().get(name).toFloatArray();
        float[] got = weights.parameters().get(name).toFloatArray();
        for (int i = 0; i < wanted.length; i++) {
          assertEquals(Float.floatToRawIntBits(wanted[i]) & 0xffff0000, bits(got[i]));
        }
      }
    }
    writeWeights("model.safetensors", base(), TensorType.F16);
    try (ResidentWeights weights = load()) {
      NDArray got = weights.parameters().get("lm_head.weight");
      float[] wanted = model.parameters().get("lm_head.weight").toFloatArray();
      assertArrayEquals(wanted, got.toFloatArray(), 1e-3f);
    }
  }

  private static int bits(float value) {
    return Float.floatToRawIntBits(value);
  }

  private void requireEqual(Map<String, NDArray> loaded) {
    loaded.forEach(
        (name, array) ->
            assertEquals(
                -1,
                MemorySegment.ofArray(array.toFloatArray())
                    .mismatch(MemorySegment.ofArray(model.parameters().get(name).toFloatArray())),
                name));
  }

  /** PEFT's save_embedding_layers puts whole tables into the adapter's file. */
  @Test
  void namesTheTableThatAnAdapterWouldReplace() throws IOException {
    String table = "model.embed_tokens.weight";
    for (String replaced : List.of(table, "lm_head.weight")) {
      Map<String, NDArray> tensors = new HashMap<>(model.parameters());
      tensors.put("base_model.model." + replaced, model.parameters().get(table));
      List<String> names = new ArrayList<>(adapter());
      names.add("base_model.model." + replaced);
      Path file = folder.resolve("lora/adapter_model.safetensors");
      ModelFiles.write(file, tensors, names, TensorType.F32);
      requireRefusal(
          "tensor [base_model.model.%s], which replaces the base model's [%s]"
              .formatted(replaced, replaced),
          this::loadAdapter);
    }
  }

  private void loadAdapter() throws IOException {
    ModelDirectory directory = open();
    try (TensorSource file = directory.openAdapter("lora")) {
      LoraWeights.requireFits(
          LoraConfig.parse(directory.adapterConfig("lora")),
          DecoderFamilies.parse(directory.config()).layout(),
          file);
    }
  }

  @Test
  void namesTheTensorThatIsWrong() throws IOException {
    List<String> names = base();
    writeWeights("model.safetensors", names.subList(1, names.size()), TensorType.F32);
    requireRefusal("lack tensor [model.embed_tokens.weight]", this::load);
    names.addAll(adapter());
    writeWeights("model.safetensors", names, TensorType.F32);
    requireRefusal("lora_A.weight], which config.json does not account for", this::load);
    writeWeights("model.safetensors", base(), TensorType.F32);
    Files.writeString(
        folder.resolve("config.json"), ModelFiles.CONFIG.replace("size\": 13", "size\": 14"));
    requireRefusal("has shape [13, 8], the configuration asks for [14, 8]", this::load);
  }

  @Test
  void namesTheFileThatIsMissingAndNeverOpensOthers() throws IOException {
    Files.delete(folder.resolve("model.safetensors"));
    requireRefusal("model [tiny] lacks model.safetensors", () -> open().openWeights());
    Files.write(folder.resolve("pytorch_model.bin"), new byte[] {(byte) 0x80, 2});
    requireRefusal(
        "pytorch_model.bin is not opened, it could carry code", () -> open().openWeights());
    requireRefusal("has no adapter [other]", () -> open().openAdapter("other"));
    Files.delete(folder.resolve("lora/adapter_model.safetensors"));
    requireRefusal("lacks lora/adapter_model.safetensors", () -> open().openAdapter("lora"));
    Files.delete(folder.resolve("config.json"));
    requireRefusal("model [tiny] lacks config.json", () -> open().config());
    assertEquals(List.of(), ModelDirectory.list(root));
    assertEquals(List.of(), ModelDirectory.list(root.resolve("nowhere")));
  }
}
