package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.Base64;
import java.util.function.Supplier;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.attribution.GradientVector;
import org.rapidin.scorer.ElementType;

/**
 * Reads a vector from JSON, CBOR, SMILE or YAML: a base64 string (or binary value) of a {@link
 * ElementType#FLOAT16} row or of K little-endian float32, or an array of K numbers.
 */
public final class GradientValue {
  private GradientValue() {}

  /**
   * Reads the value at the parser.
   *
   * @param field full name, for messages
   * @param dimension K
   * @return length K
   * @throws IllegalArgumentException if it is none, of another dimension, or not finite; the
   *     message never holds the value
   */
  public static GradientVector read(XContentParser parser, String field, int dimension)
      throws IOException {
    return switch (parser.currentToken()) {
      case START_ARRAY -> fromNumbers(parser, field, dimension);
      case VALUE_STRING -> fromBytes(decode(parser.text(), field), field, dimension);
      case VALUE_EMBEDDED_OBJECT -> fromBytes(parser.binaryValue(), field, dimension);
      default -> throw wrongKind(field, parser.currentToken());
    };
  }

  private static GradientVector fromNumbers(XContentParser parser, String field, int dimension)
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
    return vector(field, vector);
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

  private static GradientVector fromBytes(byte[] bytes, String field, int dimension) {
    if (bytes.length == ElementType.FLOAT16.rowLength(dimension)) {
      return vector(field, ElementType.FLOAT16.decode(bytes));
    }
    if (bytes.length != 4L * dimension) {
      throw wrongDimension(
          field,
          dimension,
          bytes.length
              + " bytes (a float16 row has "
              + ElementType.FLOAT16.rowLength(dimension)
              + ", float32 "
              + 4L * dimension
              + ")");
    }
    return named(field, () -> GradientVector.fromBytes(bytes));
  }

  private static GradientVector vector(String field, float[] values) {
    return named(field, () -> new GradientVector(values));
  }

  private static GradientVector named(String field, Supplier<GradientVector> vector) {
    try {
      return vector.get();
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(
          "field [%s]: %s".formatted(field, refused.getMessage()), refused);
    }
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
