package org.rapidin.plugin.handle;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.attribution.GradientVector;

/**
 * A query's gradient, little-endian bytes on the wire. It never shows its numbers, because a
 * gradient can be inverted to text.
 *
 * @param values float32, length K; shared with the creator, must not be changed
 */
public record QueryVector(float[] values) implements Writeable {
  public QueryVector {
    // Checked by its constructor.
    new GradientVector(values);
  }

  /** Reads what {@link #writeTo} wrote. */
  public QueryVector(StreamInput in) throws IOException {
    this(floats(in.readByteArray()));
  }

  /**
   * Reads base64 of little-endian float32, or an array of numbers.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static QueryVector parse(XContentParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case VALUE_STRING -> new QueryVector(floats(decode(parser.text())));
      case VALUE_EMBEDDED_OBJECT -> new QueryVector(floats(parser.binaryValue()));
      case START_ARRAY -> new QueryVector(numbers(parser));
      default -> throw wrongKind(parser.currentToken());
    };
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    out.writeByteArray(littleEndian());
  }

  /** The numbers as little-endian float32, 4K new bytes. */
  byte[] littleEndian() {
    return new GradientVector(values).toBytes();
  }

  /** K. */
  public int dimension() {
    return values.length;
  }

  private static byte[] decode(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      // Its message is dropped: it quotes a character of the value.
      throw new IllegalArgumentException("[vector] is a string that is not base64");
    }
  }

  private static float[] floats(byte[] bytes) {
    if (bytes.length % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "[vector] takes base64 of little-endian float32, 4 bytes a number, got %s bytes"
              .formatted(bytes.length));
    }
    return GradientVector.fromBytes(bytes).values();
  }

  private static float[] numbers(XContentParser parser) throws IOException {
    float[] numbers = new float[256];
    int count = 0;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (token != Token.VALUE_NUMBER) {
        throw wrongKind(token);
      }
      if (count == GradientVector.MAX_DIMENSION) {
        throw new IllegalArgumentException("[vector] has more than %s numbers".formatted(count));
      }
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, count * 2);
      }
      numbers[count++] = parser.floatValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private static IllegalArgumentException wrongKind(Token got) {
    return new IllegalArgumentException(
        "[vector] takes a base64 string or an array of numbers, got %s".formatted(got));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof QueryVector that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return dimension() + " numbers, not shown";
  }
}
