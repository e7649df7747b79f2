package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;

/**
 * Copies a {@code tokenizer.json} with other names for some of its tokens, which keep their ids.
 */
public final class RenamedTokens {
  private final Map<String, String> names;
  private final JsonParser parser;
  private final JsonGenerator generator;

  private RenamedTokens(Map<String, String> names, JsonParser parser, JsonGenerator generator) {
    this.names = names;
    this.parser = parser;
    this.generator = generator;
  }

  /**
   * Returns the changed content of a file that {@link TokenizerFile#read} accepts.
   *
   * @param names old name to new name, of added tokens and of tokens of the vocabulary
   * @throws IOException if it is malformed
   */
  public static byte[] copy(byte[] json, Map<String, String> names) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(json.length);
    try (JsonParser parser = StrictJson.factory(TokenizerFile.MAX_DEPTH).createParser(json);
        JsonGenerator generator = new JsonFactory().createGenerator(out)) {
      parser.nextToken();
      new RenamedTokens(names, parser, generator).copyFile();
    }
    return out.toByteArray();
  }

  private void copyFile() throws IOException {
    generator.writeStartObject();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      switch (copyName()) {
        case "added_tokens" -> copyRenamed("content");
        case "model" -> copyModel();
        default -> generator.copyCurrentStructure(parser);
      }
    }
    generator.writeEndObject();
  }

  private void copyModel() throws IOException {
    generator.writeStartObject();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      switch (copyName()) {
        case "vocab" -> copyVocabulary();
        case "unk_token" -> copyString();
        default -> generator.copyCurrentStructure(parser);
      }
    }
    generator.writeEndObject();
  }

  /** Copies a field's name and moves to its value. */
  private String copyName() throws IOException {
    String name = parser.currentName();
    generator.writeFieldName(name);
    parser.nextToken();
    return name;
  }

  /** BPE has an object of tokens, Unigram a list of lists that begin with a token. */
  private void copyVocabulary() throws IOException {
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      copyRenamed(null);
      return;
    }
    generator.writeStartObject();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      generator.writeFieldName(names.getOrDefault(parser.currentName(), parser.currentName()));
      parser.nextToken();
      generator.copyCurrentStructure(parser);
    }
    generator.writeEndObject();
  }

  /** Copies a list, renaming the strings in it that have the given key, or all if it is null. */
  private void copyRenamed(String key) throws IOException {
    int depth = 0;
    JsonToken token = parser.currentToken();
    do {
      depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      boolean isName =
          token == JsonToken.VALUE_STRING && (key == null || key.equals(parser.currentName()));
      if (isName) {
        copyString();
      } else {
        generator.copyCurrentEvent(parser);
      }
      token = depth == 0 ? null : parser.nextToken();
    } while (token != null);
  }

  private void copyString() throws IOException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      generator.writeString(names.getOrDefault(parser.getText(), parser.getText()));
    } else {
      generator.copyCurrentEvent(parser);
    }
  }
}
