package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a {@code tokenizer.json} says of its tokens, read without the native tokenizer.
 *
 * @param longestToken characters (UTF-16 units) of the longest token in the vocabulary or among the
 *     added tokens, at least 1
 * @param specialTokens names of the special tokens to their ids, in the file's order
 */
public record TokenizerFile(int longestToken, Map<String, Integer> specialTokens) {
  /** The largest published vocabularies (256,000 tokens) take 34 MB. */
  private static final long MAX_BYTES = 64L << 20;

  static final int MAX_DEPTH = 64;

  public TokenizerFile {
    specialTokens = Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens));
  }

  /**
   * Reads the file once, as a stream: one JSON object with a {@code model} in it.
   *
   * @throws IllegalArgumentException if it is something else, too large, or leaves out merges at
   *     random; names the file
   * @throws IOException if it cannot be read
   */
  public static TokenizerFile read(Path file) throws IOException {
    return read(file, MAX_BYTES);
  }

  /**
   * The bytes of the file.
   *
   * @throws IllegalArgumentException if it is too large
   */
  public static byte[] bytes(Path file) throws IOException {
    requireSize(file, MAX_BYTES);
    return Files.readAllBytes(file);
  }

  private static void requireSize(Path file, long maxBytes) throws IOException {
    long bytes = Files.size(file);
    if (bytes > maxBytes) {
      throw new IllegalArgumentException(
          "%s has %s bytes, at most %s are accepted"
              .formatted(file.getFileName(), bytes, maxBytes));
    }
  }

  static TokenizerFile read(Path file, long maxBytes) throws IOException {
    String name = file.getFileName().toString();
    requireSize(file, maxBytes);
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
      throw new IllegalArgumentException("%s does not hold a JSON object".formatted(name));
    }
    boolean hasModel = false;
    int longest = 1;
    Map<String, Integer> special = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      boolean isObject = parser.nextToken() == JsonToken.START_OBJECT;
      if (key.equals("model") && isObject) {
        hasModel = true;
        longest = Math.max(longest, longestOfModel(name, parser));
      } else if (key.equals("added_tokens")) {
        longest = Math.max(longest, addedTokens(parser, special));
      } else {
        parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw new IllegalArgumentException("%s continues after its JSON object".formatted(name));
    }
    if (!hasModel) {
      throw new IllegalArgumentException(
          "%s lacks [model]: it is not a tokenizer's file".formatted(name));
    }
    return new TokenizerFile(longest, special);
  }

  /** Reads the list of tokens that are matched before the model splits the text. */
  private static int addedTokens(JsonParser parser, Map<String, Integer> special)
      throws IOException {
    int longest = 0;
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      return longest;
    }
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      String content = "";
      int id = -1;
      boolean isSpecial = false;
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String key = parser.currentName();
        JsonToken value = parser.nextToken();
        switch (key) {
          case "content" -> content = parser.getValueAsString("");
          case "id" -> id = parser.getValueAsInt(-1);
          case "special" -> isSpecial = value == JsonToken.VALUE_TRUE;
          default -> parser.skipChildren();
        }
      }
      longest = Math.max(longest, content.length());
      if (isSpecial && !content.isEmpty()) {
        special.put(content, id);
      }
    }
    return longest;
  }

  private static int longestOfModel(String name, JsonParser parser) throws IOException {
    int longest = 0;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "vocab" -> longest = longestText(parser);
        case "dropout" -> requireNoDropout(name, parser);
        default -> parser.skipChildren();
      }
    }
    return longest;
  }

  private static void requireNoDropout(String name, JsonParser parser) throws IOException {
    double dropout = parser.getValueAsDouble(0);
    if (dropout != 0) {
      throw new IllegalArgumentException(
          "%s has a dropout of %s, so that a text has other tokens each time: set model.dropout to null"
              .formatted(name, dropout));
    }
    parser.skipChildren();
  }

  /** The longest key or string below the current value; a vocabulary has its tokens as either. */
  private static int longestText(JsonParser parser) throws IOException {
    int longest = 0;
    int depth = 0;
    JsonToken token = parser.currentToken();
    while (true) {
      if (token.isStructStart()) {
        depth++;
      } else if (token.isStructEnd()) {
        depth--;
      } else if (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME) {
        longest = Math.max(longest, parser.getTextLength());
      }
      if (depth == 0) {
        return longest;
      }
      token = parser.nextToken();
    }
  }
}
