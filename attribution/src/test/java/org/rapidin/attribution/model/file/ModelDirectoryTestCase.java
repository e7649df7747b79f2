package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.decoder.llama.TinyModel;
import org.rapidin.attribution.model.torch.TinyTokenizer;

/** A models directory with the model {@code tiny} and its adapter {@code lora}. */
abstract class ModelDirectoryTestCase {
  @TempDir Path temporary;
  Path root;
  Path folder;
  TinyModel model;

  @BeforeEach
  void writeAModel() throws IOException {
    root = Files.createDirectory(temporary.resolve("models"));
    folder = Files.createDirectory(root.resolve("tiny"));
    model = new TinyModel(TinyModel.Variant.ADAPTED, 41);
    Files.writeString(folder.resolve("config.json"), ModelFiles.CONFIG);
    TinyTokenizer.write(folder.resolve("tokenizer.json"), true);
    writeWeights("model.safetensors", base(), TensorType.F32);
    Path adapter = Files.createDirectory(folder.resolve("lora"));
    Files.writeString(adapter.resolve("adapter_config.json"), ModelFiles.LORA_CONFIG);
    writeWeights("lora/adapter_model.safetensors", adapter(), TensorType.F32);
  }

  @AfterEach
  void closeTheModel() {
    model.close();
  }

  void writeWeights(String file, Iterable<String> names, TensorType type) throws IOException {
    List<String> list = new ArrayList<>();
    names.forEach(list::add);
    ModelFiles.write(folder.resolve(file), model.parameters(), list, type);
  }

  Set<String> adapter() {
    return model.decoder().adapter().orElseThrow().parameters().keySet();
  }

  List<String> base() {
    List<String> names = new ArrayList<>(model.parameters().keySet());
    names.removeAll(adapter());
    return names;
  }

  ModelDirectory open() throws IOException {
    return ModelDirectory.open(root, "tiny");
  }

  static void requireRefusal(String reason, Executable action) {
    IllegalArgumentException e = assertThrows(IllegalArgumentException.class, action);
    assertTrue(e.getMessage().contains(reason), e.getMessage());
  }
}
