package org.rapidin.benchmarks.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/**
 * Writes a safetensors file of 16-bit elements: norms are 1, everything else is drawn from a normal
 * distribution with standard deviation 0.02. A quarter of a million random numbers are repeated, so
 * that gigabytes take seconds.
 */
final class RandomSafetensors {
  private static final int BLOCK = 1 << 18;
  private static final double DEVIATION = 0.02;

  private final String elementType;
  private final byte[] random;
  private final byte[] ones;

  /**
   * @param elementType {@code F16} or {@code BF16}
   * @param seed decides the random numbers
   */
  RandomSafetensors(String elementType, long seed) {
    this.elementType = elementType;
    Random numbers = new Random(seed);
    float[] values = new float[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
      values[i] = (float) (numbers.nextGaussian() * DEVIATION);
    }
    this.random = encode(values);
    float[] one = new float[BLOCK];
    Arrays.fill(one, 1);
    this.ones = encode(one);
  }

  private byte[] encode(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    boolean half = elementType.equals("F16");
    for (float value : values) {
      bytes.putShort(
          half ? Float.floatToFloat16(value) : (short) (Float.floatToRawIntBits(value) >>> 16));
    }
    return bytes.array();
  }

  /**
   * Writes a file.
   *
   * @param tensors dimensions by name, in the order of the file
   */
  void write(Path file, Map<String, long[]> tensors) throws IOException {
    byte[] header = header(tensors);
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 20)) {
      out.write(
          ByteBuffer.allocate(Long.BYTES)
              .order(ByteOrder.LITTLE_ENDIAN)
              .putLong(header.length)
              .array());
      out.write(header);
      for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
        byte[] block = tensor.getKey().contains("norm") ? ones : random;
        long left = bytes(tensor.getValue());
        while (left > 0) {
          int length = (int) Math.min(left, block.length);
          out.write(block, 0, length);
          left -= length;
        }
      }
    }
  }

  private byte[] header(Map<String, long[]> tensors) {
    ObjectNode header = new ObjectMapper().createObjectNode();
    long offset = 0;
    for (Map.Entry<String, long[]> tensor : tensors.entrySet()) {
      ObjectNode entry = header.putObject(tensor.getKey());
      entry.put("dtype", elementType);
      Arrays.stream(tensor.getValue()).forEach(entry.putArray("shape")::add);
      long end = offset + bytes(tensor.getValue());
      entry.putArray("data_offsets").add(offset).add(end);
      offset = end;
    }
    String text = header.toString();
    // Tensors begin at a multiple of eight bytes.
    return (text + " ".repeat((8 - text.length() % 8) % 8)).getBytes(StandardCharsets.UTF_8);
  }

  private static long bytes(long[] dimensions) {
    return Arrays.stream(dimensions).reduce(Short.BYTES, Math::multiplyExact);
  }
}
