package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The form of a {@code tokenizer.json}, looked at without the native tokenizer. */
final class TokenizerFile {
  private static final int MAX_DEPTH = 64;

  private TokenizerFile() {}

  /**
   * Reads the file through once, keeping nothing: one JSON object with a {@code model} in it.
   *
   * @throws IllegalArgumentException if it is something else; names the file
   * @throws IOException if it cannot be read
   */
  static void requireWellFormed(Path file) throws IOException {
    String name = file.getFileName().toString();
    boolean hasModel;
    try (InputStream in = Files.newInputStream(file)) {
      hasModel = hasModel(name, in);
    }
    if (!hasModel) {
      throw new IllegalArgumentException(name + " lacks [model]: it is no tokenizer's file");
    }
  }

  private static boolean hasModel(String name, InputStream in) throws IOException {
    try (JsonParser parser = StrictJson.factory(MAX_DEPTH).createParser(in)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException(name + " does not hold a JSON object");
      }
      boolean hasModel = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean model = parser.currentName().equals("model");
        hasModel |= parser.nextToken() == JsonToken.START_OBJECT && model;
        parser.skipChildren();
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(name + " goes on after its JSON object");
      }
      return hasModel;
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          name + " is not valid JSON: " + StrictJson.firstLine(e), e);
    }
  }
}
