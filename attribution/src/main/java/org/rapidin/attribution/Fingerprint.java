package org.rapidin.attribution;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What tells two attributors apart: equal fingerprints mean equal vectors. */
public final class Fingerprint {

  /** Goes up whenever the same spec and files begin to give other vectors. */
  private static final int VERSION = 1;

  private Fingerprint() {}

  /**
   * SHA-256 over the version of the method, the spec and the model's files.
   *
   * @param files path below the model directory → SHA-256 in hex
   * @return 64 hex digits
   */
  public static String of(AttributorSpec spec, SortedMap<String, String> files) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(canonicalBytes(spec, files));
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JVM has SHA-256", e);
    }
  }

  /** JSON without white space, keys in the order of their UTF-16 code units. */
  static byte[] canonicalBytes(AttributorSpec spec, SortedMap<String, String> files) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      write(
          Map.of("version", VERSION, "spec", AttributorSpecFormat.toMap(spec), "files", files),
          json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void write(Object value, JsonGenerator json) throws IOException {
    switch (value) {
      case Map<?, ?> map -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> entry : new TreeMap<>(map).entrySet()) {
          json.writeFieldName((String) entry.getKey());
          write(entry.getValue(), json);
        }
        json.writeEndObject();
      }
      case List<?> list -> {
        json.writeStartArray();
        for (Object element : list) {
          write(element, json);
        }
        json.writeEndArray();
      }
      case String text -> json.writeString(text);
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      default -> throw new AssertionError("no canonical form of %s".formatted(value.getClass()));
    }
  }
}
