package org.rapidin.benchmarks.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextFileTests {
  @TempDir private Path work;

  @Test
  void linesAndArraysHoldTheSameDocuments() throws IOException {
    List<String> expected = List.of("{\"a\":1}", "{\"a\":2}");
    assertEquals(expected, read("{\"id\":\"x\",\"a\":1}\n\n{\"a\":2}\n"));
    assertEquals(expected, read(" [{\"id\":\"x\",\"a\":1},{\"a\":2}]"));
  }

  @Test
  void anEmptyFileIsNamed() {
    IOException refusal = assertThrows(IOException.class, () -> read("\n"));
    assertTrue(refusal.getMessage().contains("texts"), refusal.getMessage());
  }

  @Test
  void somethingElseThanAnObjectIsNamed() {
    IOException refusal = assertThrows(IOException.class, () -> read("[7]"));
    assertTrue(refusal.getMessage().contains("got 7"), refusal.getMessage());
  }

  private List<String> read(String text) throws IOException {
    return TextFile.read(Files.writeString(work.resolve("texts"), text));
  }
}
