package org.rapidin.attribution.model.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** Writes the second moments of a training. */
public final class MomentsFile {
  private MomentsFile() {}

  /** A tensor of float32. */
  public record Moments(List<Long> shape, float[] numbers) {}

  /** Writes tensors by name next to the weights of a model. */
  public static void write(Path model, Map<String, Moments> tensors) throws IOException {
    write(model, tensors, TensorType.F32);
  }

  static void write(Path model, Map<String, Moments> tensors, TensorType type) throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    StringJoiner header = new StringJoiner(",", "{", "}");
    tensors.forEach(
        (name, moments) -> {
          int begin = data.size();
          data.writeBytes(bytes(moments.numbers(), type));
          String shape = moments.shape().toString();
          header.add(SafetensorsBytes.entry(name, type.name(), shape, begin, data.size()));
        });
    Files.write(
        model.resolve("exp_avg_sq.safetensors"),
        SafetensorsBytes.of(header.toString(), data.toByteArray()));
  }

  private static byte[] bytes(float[] numbers, TensorType type) {
    ByteBuffer bytes =
        ByteBuffer.allocate(numbers.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float number : numbers) {
      switch (type) {
        case F32 -> bytes.putFloat(number);
        case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(number) >> 16));
        default -> bytes.putShort(Float.floatToFloat16(number));
      }
    }
    return bytes.array();
  }
}
