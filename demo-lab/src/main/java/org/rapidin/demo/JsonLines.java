package org.rapidin.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads and writes records as JSON, one object per line. */
public final class JsonLines {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonLines() {}

  /** Writes records to a file, replacing an existing one. */
  public static void write(Path file, List<?> records) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Object record : records) {
      lines.add(JSON.writeValueAsString(record));
    }
    Files.writeString(file, String.join("\n", lines) + "\n");
  }

  /**
   * Reads all records of a file.
   *
   * @throws IOException if a line is not a record of that type
   */
  public static <T> List<T> read(Path file, Class<T> type) throws IOException {
    List<T> records = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      records.add(JSON.readValue(line, type));
    }
    return List.copyOf(records);
  }
}
