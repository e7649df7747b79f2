package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads untrusted JSON strictly: no duplicate keys, bounded depth, one value only. */
final class StrictJson {
  /** Deepest nesting of a configuration. */
  private static final int MAX_DEPTH = 8;

  private StrictJson() {}

  /**
   * Parses an object into maps, lists, strings, numbers, booleans and nulls.
   *
   * @param source what errors call it
   */
  static Map<String, Object> parse(String source, byte[] json) {
    try (JsonParser parser = factory(MAX_DEPTH).createParser(json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("%s does not hold a JSON object".formatted(source));
      }
      Map<String, Object> values = readObject(parser);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("%s continues after its JSON object".formatted(source));
      }
      return values;
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "%s is not valid JSON: %s".formatted(source, firstLine(e)), e);
    }
  }

  /** Parsers that refuse duplicate keys and more than {@code maxDepth} levels. */
  static JsonFactory factory(int maxDepth) {
    return JsonFactory.builder()
        .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(maxDepth).build())
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
        .build();
  }

  /** The first line of a parser's message, without the location. */
  static String firstLine(IOException e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable");
  }

  private static Map<String, Object> readObject(JsonParser parser) throws IOException {
    Map<String, Object> object = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      object.put(key, readValue(parser));
    }
    return object;
  }

  private static Object readValue(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> readObject(parser);
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(readValue(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }
}
