package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a {@code tokenizer.json} says of its tokens, read without the native tokenizer.
 *
 * @param longestToken characters (UTF-16 units) of the longest token in the vocabulary or among the
 *     added tokens, at least 1
 */
public record TokenizerFile(int longestToken) {
  /** The largest published vocabularies (256,000 tokens) take 34 MB. */
  private static final long MAX_BYTES = 64L << 20;

  private static final int MAX_DEPTH = 64;

  /**
   * Reads the file once, as a stream: one JSON object with a {@code model} in it.
   *
   * @throws IllegalArgumentException if it is something else, or too large; names the file
   * @throws IOException if it cannot be read
   */
  public static TokenizerFile read(Path file) throws IOException {
    return read(file, MAX_BYTES);
  }

  static TokenizerFile read(Path file, long maxBytes) throws IOException {
    String name = file.getFileName().toString();
    long bytes = Files.size(file);
    if (bytes > maxBytes) {
      throw new IllegalArgumentException(
          "%s has %d bytes, at most %d are accepted".formatted(name, bytes, maxBytes));
    }
    try (InputStream in = Files.newInputStream(file);
        JsonParser parser = StrictJson.factory(MAX_DEPTH).createParser(in)) {
      return read(name, parser);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "%s is not valid JSON: %s".formatted(name, StrictJson.firstLine(e)), e);
    }
  }

  private static TokenizerFile read(String name, JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new IllegalArgumentException(name + " does not hold a JSON object");
    }
    boolean hasModel = false;
    int longest = 1;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
      if (key.equals("model") && isObject) {
        hasModel = true;
        longest = Math.max(longest, longestOfModel(parser));
      } else if (key.equals("added_tokens")) {
        longest = Math.max(longest, longestText(parser, false));
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new IllegalArgumentException(name + " goes on after its JSON object");
    }
    if (!hasModel) {
      throw new IllegalArgumentException(name + " lacks [model]: it is not a tokenizer's file");
    }
    return new TokenizerFile(longest);
  }

  private static int longestOfModel(JsonParser parser) throws IOException {
    int longest = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean isVocabulary = parser.currentName().equals("vocab");
      parser.nextToken();
      if (isVocabulary) {
        longest = longestText(parser, true);
      } else {
        parser.skipChildren();
      }
    }
    return longest;
  }

  /**
   * The longest string below the current value.
   *
   * @param keys whether keys count too: BPE has its tokens as keys, Unigram as strings
   */
  private static int longestText(JsonParser parser, boolean keys) throws IOException {
    int longest = 0;
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (true) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_STRING || keys && token == JsonToken.FIELD_NAME) {
        longest = Math.max(longest, parser.getTextLength());
      }
      if (depth == 0) {
        return longest;
      }
      token = parser.nextToken();
    }
  }
}
