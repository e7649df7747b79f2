package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.scorer.Float16Row;

/**
 * Reads a vector from JSON or its kin: a base64 string (or binary value) of a {@link Float16Row} or
 * of K little-endian float32, or an array of K numbers.
 */
public final class GradientValue {
  private GradientValue() {}

  /**
   * Reads the value at the parser.
   *
   * @param field full name, for messages
   * @param dimension K
   * @return float32, length K, all finite
   * @throws IllegalArgumentException if it is none, of another dimension, or not finite; the
   *     message never holds the value
   */
  public static float[] read(XContentParser parser, String field, int dimension)
      throws IOException {
    return switch (parser.currentToken()) {
      case START_ARRAY -> fromNumbers(parser, field, dimension);
      case VALUE_STRING -> fromBytes(decode(parser.text(), field), field, dimension);
      case VALUE_EMBEDDED_OBJECT -> fromBytes(parser.binaryValue(), field, dimension);
      default -> throw wrongKind(field, parser.currentToken());
    };
  }

  private static float[] fromNumbers(XContentParser parser, String field, int dimension)
      throws IOException {
    float[] vector = new float[dimension];
    int count = 0;
    for (Token token = parser.nextToken(); token != Token.END_ARRAY; token = parser.nextToken()) {
      if (token != Token.VALUE_NUMBER) {
        throw wrongKind(field, token);
      }
      float number = parser.floatValue();
      if (count < dimension) {
        vector[count] = number;
      }
      count++;
    }
    if (count != dimension) {
      throw wrongDimension(field, dimension, count + " numbers");
    }
    return requireFinite(vector, field);
  }

  private static byte[] decode(String base64, String field) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      // Its message is dropped: it quotes a character of the value.
      throw new IllegalArgumentException(
          "the value of field [" + field + "] is a string that is not base64");
    }
  }

  private static float[] fromBytes(byte[] bytes, String field, int dimension) {
    if (bytes.length == Float16Row.byteLength(dimension)) {
      return Float16Row.decode(bytes);
    }
    if (bytes.length != 4L * dimension) {
      throw wrongDimension(
          field,
          dimension,
          bytes.length
              + " bytes (a float16 row has "
              + Float16Row.byteLength(dimension)
              + ", float32 "
              + 4L * dimension
              + ")");
    }
    float[] vector = new float[dimension];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
    return requireFinite(vector, field);
  }

  /**
   * Divides by the norm.
   *
   * @param vector changed and returned
   * @throws IllegalArgumentException if the norm is 0
   */
  static float[] toUnitNorm(float[] vector, String field) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    if (squares == 0) {
      throw new IllegalArgumentException(
          "field [" + field + "] has similarity [cosine], which a vector of zeros does not have");
    }
    double scale = 1 / Math.sqrt(squares);
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) (vector[i] * scale);
    }
    return vector;
  }

  private static float[] requireFinite(float[] vector, String field) {
    for (int i = 0; i < vector.length; i++) {
      if (!Float.isFinite(vector[i])) {
        throw new IllegalArgumentException(
            "field [" + field + "] takes finite numbers, number " + i + " is " + vector[i]);
      }
    }
    return vector;
  }

  private static IllegalArgumentException wrongKind(String field, Token token) {
    return new IllegalArgumentException(
        "field ["
            + field
            + "] takes one vector, as a base64 string or an array of numbers, got "
            + token);
  }

  private static IllegalArgumentException wrongDimension(String field, int dimension, String got) {
    return new IllegalArgumentException(
        "field [" + field + "] has dimension " + dimension + ", the value has " + got);
  }
}
