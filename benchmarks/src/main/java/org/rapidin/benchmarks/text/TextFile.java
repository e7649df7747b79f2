package org.rapidin.benchmarks.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Documents in a file: a JSON array of objects, or one JSON object a line. */
final class TextFile {
  private static final ObjectMapper JSON = new ObjectMapper();

  private TextFile() {}

  /**
   * Reads all documents.
   *
   * @return JSON objects, at least one
   * @throws IOException if the file holds no document or something else
   */
  static List<String> read(Path file) throws IOException {
    List<String> documents = new ArrayList<>();
    String text = Files.readString(file);
    if (text.stripLeading().startsWith("[")) {
      for (JsonNode document : JSON.readTree(text)) {
        documents.add(withoutId(document));
      }
    } else {
      for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
        documents.add(withoutId(JSON.readTree(line)));
      }
    }
    if (documents.isEmpty()) {
      throw new IOException("%s holds no document".formatted(file));
    }
    return documents;
  }

  private static String withoutId(JsonNode document) throws IOException {
    if (!(document instanceof ObjectNode object)) {
      throw new IOException("a document must be a JSON object, got %s".formatted(document));
    }
    object.remove("id");
    return object.toString();
  }
}
