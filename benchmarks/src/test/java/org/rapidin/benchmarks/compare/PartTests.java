package org.rapidin.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartTests {
  @TempDir Path directory;

  @Test
  void thePageHasASectionOfEachPart() throws IOException {
    Path page = Files.copy(Path.of("../docs/benchmarks.md"), directory.resolve("page.md"));
    for (Part part : Part.values()) {
      Section.replace(page, part.marker(), "measured " + part);
    }
    assertEquals(Part.values().length, Files.readString(page).split("\nmeasured ", -1).length - 1);
  }
}
