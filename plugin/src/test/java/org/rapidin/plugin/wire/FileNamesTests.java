package org.rapidin.plugin.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What is left of messages with paths. */
class FileNamesTests {

  @Test
  void foldersOfAbsolutePathsAreLeftOutWhereverTheyAre() {
    String path = "/var/lib/opensearch-1/config_2/models/demo.d/model.safetensors";
    for (String around :
        List.of(
            "%s",
            "%s is cut off",
            "java.nio.file.NoSuchFileException: %s",
            "no tensor in %s, none in %<s: see %<s",
            "PYTORCH_LIBRARY_PATH=%s would override it",
            "at:%s",
            "[%s] ('%<s') (\"%<s\") <%<s>")) {
      assertEquals(
          around.formatted("model.safetensors"), FileNames.withoutFolders(around.formatted(path)));
    }
    assertEquals("", FileNames.withoutFolders("/usr/lib/"));
  }

  @Test
  void everythingElseStays() {
    for (String message :
        List.of(
            "lora/model.safetensors has no tensor",
            "GET _plugins/_rapidin/models lists them",
            "https://opensearch.org/docs/latest",
            "3/4/5 of a / b",
            "../models/x",
            "")) {
      assertEquals(message, FileNames.withoutFolders(message));
    }
    assertEquals("", FileNames.withoutFolders(null));
  }
}
