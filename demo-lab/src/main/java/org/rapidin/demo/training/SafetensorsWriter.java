package org.rapidin.demo.training;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Writes small safetensors files (below 2 GiB): <b>[int64]</b> length of the header, the header as
 * JSON padded with spaces to a multiple of 8, then the tensors one after another, little-endian.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">Safetensors</a>
 */
public final class SafetensorsWriter {
  private SafetensorsWriter() {}

  /** The element type of a file. */
  public enum Precision {
    F16(2),
    F32(4);

    private final int bytes;

    Precision(int bytes) {
      this.bytes = bytes;
    }
  }

  /**
   * Writes a file, replacing an existing one.
   *
   * @param file the file
   * @param tensors float32 tensors by name, written in the map's order
   * @param precision of the file; F16 rounds to nearest
   */
  public static void write(Path file, Map<String, NDArray> tensors, Precision precision)
      throws IOException {
    byte[] header = header(tensors, precision).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(header, (header.length + 7) / 8 * 8);
    Arrays.fill(padded, header.length, padded.length, (byte) ' ');
    int numbers = Math.toIntExact(tensors.values().stream().mapToLong(NDArray::size).sum());
    int size = Math.addExact(8 + padded.length, Math.multiplyExact(numbers, precision.bytes));
    ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(padded.length).put(padded);
    for (NDArray tensor : tensors.values()) {
      for (float value : tensor.toFloatArray()) {
        put(bytes, value, precision);
      }
    }
    Files.write(file, bytes.array());
  }

  private static void put(ByteBuffer bytes, float value, Precision precision) {
    switch (precision) {
      case F16 -> bytes.putShort(Float.floatToFloat16(value));
      case F32 -> bytes.putFloat(value);
    }
  }

  private static String header(Map<String, NDArray> tensors, Precision precision) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    header.putObject("__metadata__").put("format", "pt");
    long offset = 0;
    for (Map.Entry<String, NDArray> tensor : tensors.entrySet()) {
      long end = offset + tensor.getValue().size() * precision.bytes;
      ObjectNode entry = header.putObject(tensor.getKey()).put("dtype", precision.name());
      var shape = entry.putArray("shape");
      Arrays.stream(tensor.getValue().getShape().getShape()).forEach(shape::add);
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    return header.toString();
  }
}
