package org.rapidin.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The part of a Markdown file that a benchmark writes. */
final class Section {
  private static final String BEGIN = "<!-- %s: begin -->";
  private static final String END = "<!-- %s: end -->";

  private Section() {}

  /**
   * Replaces what is between two comments.
   *
   * @throws IOException if the file does not have them
   */
  static void replace(Path file, String name, String text) throws IOException {
    String before = Files.readString(file);
    String begin = BEGIN.formatted(name);
    int from = before.indexOf(begin);
    int to = before.indexOf(END.formatted(name), Math.max(0, from));
    if (from < 0 || to < 0) {
      throw new IOException(
          "[%s] has no lines [%s] and [%s]".formatted(file, begin, END.formatted(name)));
    }
    Files.writeString(
        file,
        before.substring(0, from + begin.length())
            + "\n"
            + text.strip()
            + "\n"
            + before.substring(to));
  }
}
