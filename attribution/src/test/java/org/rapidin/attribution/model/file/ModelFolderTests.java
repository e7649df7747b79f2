package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.model.DecoderFamilies;

/** Which folders are models, which files of them are opened, and which links are followed. */
class ModelFolderTests extends ModelDirectoryTestCase {

  /** Pipes that nothing writes into: whatever opened one of them would wait forever. */
  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void row51PlantedCodeIsNotEvenOpened() throws Exception {
    for (String name :
        List.of(
            "pytorch_model.bin", "model.pt", "weights.jar", "Model.class", "lora/adapter.pkl")) {
      Process pipe = new ProcessBuilder("mkfifo", folder.resolve(name).toString()).start();
      assertEquals(0, pipe.waitFor());
    }
    ModelDirectory directory = open();
    directory.requireTokenizer();
    assertEquals(List.of("lora"), directory.adapters());
    assertEquals(5, directory.digests(new FileDigests(), List.of("lora")).size());
    directory.requireFinite(new FileDigests(), List.of("lora"), List.of());
  }

  @Test
  void aNodeWithoutTheModelSaysSo() {
    ModelUnavailableException e =
        assertThrows(ModelUnavailableException.class, () -> ModelDirectory.open(root, "other"));
    assertTrue(e.getMessage().contains("there is no model [other] on this node"), e.getMessage());
  }

  @Test
  void row50NeverLeavesTheModelsDirectory() throws IOException {
    List<String> bad =
        List.of("..", ".", "", "../tiny", "tiny/lora", "a\0b", "x".repeat(10_000), "é");
    for (String id : bad) {
      requireRefusal("must be a directory name", () -> ModelDirectory.open(root, id));
      requireRefusal("must be a directory name", () -> open().openAdapter(id));
    }
    Path outside = Files.createDirectory(temporary.resolve("outside"));
    Files.createSymbolicLink(root.resolve("linked"), outside);
    requireRefusal("leads out of the models directory", () -> ModelDirectory.open(root, "linked"));
    Files.move(folder.resolve("config.json"), outside.resolve("config.json"));
    Files.createSymbolicLink(folder.resolve("config.json"), outside.resolve("config.json"));
    requireRefusal("leads out of the models directory", () -> open().config());
  }

  /** The layout of the Hugging Face cache: links of a snapshot to blobs. */
  @Test
  void aSnapshotOfTheHuggingFaceCacheIsAModel() throws Exception {
    Path cached = root.resolve("models--org--tiny");
    Path snapshot = Files.createDirectories(cached.resolve("snapshots/0abc"));
    Path blobs = Files.createDirectory(cached.resolve("blobs"));
    for (String name : List.of("config.json", "tokenizer.json", "model.safetensors")) {
      Path blob = Files.copy(folder.resolve(name), blobs.resolve("b" + name.hashCode()));
      Files.createSymbolicLink(snapshot.resolve(name), snapshot.relativize(blob));
    }
    assertEquals(List.of("models--org--tiny", "tiny"), ModelDirectory.list(root));
    ModelDirectory directory = ModelDirectory.open(root, "models--org--tiny");
    assertEquals(
        ModelDirectory.open(root, "tiny").digests(new FileDigests(), List.of()),
        directory.digests(new FileDigests(), List.of()));
    Files.createDirectories(cached.resolve("snapshots/1def"));
    requireRefusal(
        "models--org--tiny has 2 snapshots and refs/main names none of them",
        () -> ModelDirectory.open(root, "models--org--tiny"));
    Files.writeString(Files.createDirectory(cached.resolve("refs")).resolve("main"), "0abc");
    assertEquals(
        2, DecoderFamilies.parse(ModelDirectory.open(root, "models--org--tiny").config()).layers());
  }

  @Test
  void linksWithinTheModelsDirectoryAreFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("same"), folder);
    assertEquals(
        DecoderFamilies.parse(open().config()),
        DecoderFamilies.parse(ModelDirectory.open(root, "same").config()));
  }

  @Test
  void digestsCoverEveryFileThatCounts() throws Exception {
    FileDigests digests = new FileDigests();
    SortedMap<String, String> before = open().digests(digests, List.of("lora"));
    assertEquals(
        List.of(
            "config.json",
            "lora/adapter_config.json",
            "lora/adapter_model.safetensors",
            "model.safetensors",
            "tokenizer.json"),
        List.copyOf(before.keySet()));
    byte[] config = Files.readAllBytes(folder.resolve("config.json"));
    assertEquals(
        HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(config)),
        before.get("config.json"));
    assertEquals(3, open().digests(digests, List.of()).size());
    writeWeights("lora/adapter_model.safetensors", adapter(), TensorType.F16);
    SortedMap<String, String> after = open().digests(digests, List.of("lora"));
    for (String name : before.keySet()) {
      if (name.equals("lora/adapter_model.safetensors")) {
        assertNotEquals(before.get(name), after.get(name));
      } else {
        assertEquals(before.get(name), after.get(name));
      }
    }
  }
}
