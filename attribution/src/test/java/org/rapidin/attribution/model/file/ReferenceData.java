package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Files;
import java.nio.file.Path;

/** Models and numbers of others, which are not part of the project. */
public final class ReferenceData {
  private static final String VARIABLE = "RAPIDIN_REFERENCE_DATA";

  private ReferenceData() {}

  /** A file or folder of the reference data; without them the test is skipped, loudly. */
  public static Path path(String name) {
    String root = System.getenv(VARIABLE);
    if (root == null || !Files.exists(Path.of(root, name))) {
      System.err.println("SKIPPED: no " + name + " below $" + VARIABLE + " (" + root + ")");
      abort("no reference data: set " + VARIABLE);
    }
    return Path.of(root, name);
  }
}
