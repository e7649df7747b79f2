package org.rapidin.attribution.model.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The checked header of a safetensors file: every byte of the data belongs to exactly one tensor.
 *
 * @param tensors by name, in the order of their bytes
 * @param metadata the file's {@code __metadata__} strings
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
record SafetensorsHeader(Map<String, TensorInfo> tensors, Map<String, String> metadata) {
  /** Deepest legal nesting: object, entry, shape list. One more for headers yet to come. */
  private static final int MAX_DEPTH = 4;

  SafetensorsHeader {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    metadata = Map.copyOf(metadata);
  }

  /**
   * Parses and checks.
   *
   * @param json the header's bytes
   * @param dataBytes bytes of the file after the header
   * @throws IllegalArgumentException says what is wrong, without the file's name
   */
  static SafetensorsHeader parse(byte[] json, long dataBytes) {
    if (json.length == 0 || json[0] != '{') {
      throw new IllegalArgumentException("the header does not begin with '{'");
    }
    List<TensorInfo> entries = new ArrayList<>();
    Map<String, String> metadata = new LinkedHashMap<>();
    try (JsonParser parser = StrictJson.factory(MAX_DEPTH).createParser(json)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        expect(parser, JsonToken.START_OBJECT, name);
        if (name.equals("__metadata__")) {
          readMetadata(parser, metadata);
        } else {
          entries.add(readEntry(parser, name));
        }
      }
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("the header goes on after its object");
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the header is not valid JSON: %s".formatted(StrictJson.firstLine(e)), e);
    }
    return new SafetensorsHeader(inOrder(entries, dataBytes), metadata);
  }

  private static TensorInfo readEntry(JsonParser parser, String name) throws IOException {
    TensorType type = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      switch (key) {
        case "dtype" -> {
          expect(parser, JsonToken.VALUE_STRING, name);
          type = type(name, parser.getText());
        }
        case "shape" -> shape = readLongs(parser, name);
        case "data_offsets" -> offsets = readLongs(parser, name);
        default ->
            throw new IllegalArgumentException(
                "tensor [%s] has unknown key [%s]".formatted(name, key));
      }
    }
    if (type == null || shape == null || offsets == null || offsets.length != 2) {
      throw new IllegalArgumentException(
          "tensor [%s] needs dtype, shape and two data_offsets".formatted(name));
    }
    return new TensorInfo(name, type, shape, offsets[0], offsets[1]);
  }

  private static TensorType type(String name, String dtype) {
    return Arrays.stream(TensorType.values())
        .filter(type -> type.name().equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "tensor [%s] has unknown dtype [%s]".formatted(name, dtype)));
  }

  private static long[] readLongs(JsonParser parser, String name) throws IOException {
    expect(parser, JsonToken.START_ARRAY, name);
    long[] values = new long[8];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT || count == values.length) {
        throw new IllegalArgumentException(
            "tensor [%s] needs at most 8 integers in shape and data_offsets".formatted(name));
      }
      values[count++] = parser.getLongValue();
    }
    return Arrays.copyOf(values, count);
  }

  private static void readMetadata(JsonParser parser, Map<String, String> metadata)
      throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = parser.currentName();
      expect(parser, JsonToken.VALUE_STRING, "__metadata__");
      metadata.put(key, parser.getText());
    }
  }

  private static void expect(JsonParser parser, JsonToken wanted, String name) throws IOException {
    if (parser.nextToken() != wanted) {
      throw new IllegalArgumentException(
          "[%s] holds %s where %s belongs".formatted(name, parser.currentToken(), wanted));
    }
  }

  private static Map<String, TensorInfo> inOrder(List<TensorInfo> entries, long dataBytes) {
    entries.sort(Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end));
    Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    long end = 0;
    for (TensorInfo entry : entries) {
      if (entry.begin() != end) {
        throw new IllegalArgumentException(
            "tensor [%s] begins at %s%s%s"
                .formatted(
                    entry.name(),
                    entry.begin(),
                    entry.begin() < end
                        ? ", inside the one before, which ends at "
                        : ", after a hole at ",
                    end));
      }
      end = entry.end();
      tensors.put(entry.name(), entry);
    }
    if (end != dataBytes) {
      throw new IllegalArgumentException(
          "the tensors end at %s but the file has %s bytes of data".formatted(end, dataBytes));
    }
    return tensors;
  }
}
