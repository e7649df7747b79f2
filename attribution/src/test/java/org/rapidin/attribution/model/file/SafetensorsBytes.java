package org.rapidin.attribution.model.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Safetensors files put together by hand, good and bad. */
final class SafetensorsBytes {
  private SafetensorsBytes() {}

  /** A file with a right length before the header. */
  static byte[] of(String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return withLength(json.length, json, data);
  }

  /** A file with any length before the header. */
  static byte[] withLength(long length, byte[] json, byte[] data) {
    return ByteBuffer.allocate(Long.BYTES + json.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(json)
        .put(data)
        .array();
  }

  /** A header entry. */
  static String entry(String name, String type, String shape, long begin, long end) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%s,%s]}"
        .formatted(name, type, shape, begin, end);
  }
}
