package org.rapidin.plugin.attributor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node says about its model directories. */
class ModelCatalogTests {
  @TempDir Path folder;

  @Test
  void aLinkThatLeadsOutDoesNotHideTheOtherModels() throws IOException {
    Path root = folder.resolve("config").resolve(ModelCatalog.ROOT);
    Files.createDirectories(root.resolve("inside/lora"));
    Files.createFile(root.resolve("inside/config.json"));
    Files.createFile(root.resolve("inside/lora/adapter_config.json"));
    Path outside = Files.createDirectories(folder.resolve("outside"));
    Files.createFile(outside.resolve("config.json"));
    Files.createSymbolicLink(root.resolve("linked"), outside);
    assertEquals(
        Map.of("inside", List.of("lora")), new ModelCatalog(folder.resolve("config")).models());
  }
}
