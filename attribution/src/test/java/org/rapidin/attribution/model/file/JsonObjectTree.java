package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A large JSON file of the reference data as maps, lists and numbers. */
public final class JsonObjectTree {
  private final Map<?, ?> root;

  private JsonObjectTree(Map<?, ?> root) {
    this.root = root;
  }

  public static JsonObjectTree read(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      parser.nextToken();
      return new JsonObjectTree((Map<?, ?>) value(parser));
    }
  }

  /** The value at a path of keys. */
  public Object value(String... keys) {
    Object value = root;
    for (String key : keys) {
      value = ((Map<?, ?>) value).get(key);
    }
    return value;
  }

  public static long[] longs(Object list) {
    return ((List<?>) list).stream().mapToLong(n -> ((Number) n).longValue()).toArray();
  }

  public static double[] doubles(Object list) {
    return ((List<?>) list).stream().mapToDouble(n -> ((Number) n).doubleValue()).toArray();
  }

  /** A list of equally long lists, row-major. */
  public static double[] matrix(Object rows) {
    return ((List<?>) rows)
        .stream().flatMapToDouble(row -> java.util.Arrays.stream(doubles(row))).toArray();
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String key = parser.currentName();
          parser.nextToken();
          map.put(key, value(parser));
        }
        yield map;
      }
      case START_ARRAY -> {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> parser.getNumberValue();
      default -> null;
    };
  }
}
