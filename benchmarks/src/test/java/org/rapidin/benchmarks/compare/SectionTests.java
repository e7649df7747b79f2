package org.rapidin.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SectionTests {
  @TempDir Path directory;

  @Test
  void replacesWhatIsBetweenTheComments() throws IOException {
    Path file = directory.resolve("page.md");
    Files.writeString(file, "a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n");
    Section.replace(file, "x", "new\nlines\n");
    Section.replace(file, "x", "new\nlines\n");
    assertEquals("a\n<!-- x: begin -->\nnew\nlines\n<!-- x: end -->\nb\n", Files.readString(file));
  }

  @Test
  void aFileWithoutTheCommentsStaysAsItIs() throws IOException {
    Path file = directory.resolve("page.md");
    Files.writeString(file, "<!-- x: end --> <!-- x: begin -->");
    IOException refusal = assertThrows(IOException.class, () -> Section.replace(file, "x", "new"));
    assertTrue(refusal.getMessage().contains("has no lines [<!-- x: begin -->]"));
    assertEquals("<!-- x: end --> <!-- x: begin -->", Files.readString(file));
  }
}
