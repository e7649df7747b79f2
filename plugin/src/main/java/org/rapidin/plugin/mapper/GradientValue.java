package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.Base64;
import java.util.Locale;
import java.util.function.Supplier;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.rapidin.attribution.GradientVector;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.scorer.ElementType;

/**
 * The value of a gradient field in a document.
 *
 * @param vector length K
 * @param origin which attributor made it, from which text
 */
public record GradientValue(GradientVector vector, VectorOrigin origin) {
  // A bound that keeps every inner product with a scaled query (largest number below 2, K at most
  // 2^20) in the range of float32: 1e30 · 2 · 2^10 is below 2^111.
  private static final double MAX_NORM = 1e30;

  /**
   * Reads the value at the parser from JSON, CBOR, SMILE or YAML. A base64 string (or binary value)
   * of a {@link VectorEnvelope}, of a {@link ElementType#FLOAT16} row, or of K little-endian
   * float32; or an array of K numbers. Only an envelope tells where the vector is from; other forms
   * are foreign.
   *
   * @param field full name, for messages
   * @param pins of the field
   * @param elementType how the field stores numbers
   * @throws IllegalArgumentException if it is none of these, of another attributor, dimension or
   *     element type, not finite, all zero, or has a norm above 1e30; the message never holds the
   *     value
   */
  public static GradientValue read(
      XContentParser parser, String field, PinnedAttributor pins, ElementType elementType)
      throws IOException {
    GradientValue value =
        switch (parser.currentToken()) {
          case START_ARRAY -> foreign(fromNumbers(parser, field, pins.dimension()));
          case VALUE_STRING -> fromBytes(decode(parser.text(), field), field, pins, elementType);
          case VALUE_EMBEDDED_OBJECT -> fromBytes(parser.binaryValue(), field, pins, elementType);
          default -> throw wrongKind(field, parser.currentToken());
        };
    requireUsefulNorm(field, value.vector.norm());
    return value;
  }

  private static GradientValue foreign(GradientVector vector) {
    return new GradientValue(vector, VectorOrigin.foreign());
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
    return named(field, () -> new GradientVector(vector));
  }

  private static byte[] decode(String base64, String field) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException notBase64) {
      // Its message is dropped: it quotes a character of the value.
      throw new IllegalArgumentException(
          "the value of field [%s] is a string that is not base64".formatted(field));
    }
  }

  private static GradientValue fromBytes(
      byte[] bytes, String field, PinnedAttributor pins, ElementType elementType) {
    int dimension = pins.dimension();
    // First: an envelope of few numbers can be as long as a raw vector.
    if (VectorEnvelope.isEnvelope(bytes)) {
      return fromEnvelope(named(field, () -> VectorEnvelope.read(bytes)), field, pins, elementType);
    }
    if (bytes.length == ElementType.FLOAT16.rowLength(dimension)) {
      return foreign(vector(field, ElementType.FLOAT16, bytes));
    }
    if (bytes.length == ElementType.FLOAT32.valuesLength(dimension)) {
      return foreign(named(field, () -> GradientVector.fromBytes(bytes)));
    }
    throw wrongDimension(
        field,
        dimension,
        "%s bytes (a float16 row has %s, float32 %s)"
            .formatted(
                bytes.length,
                ElementType.FLOAT16.rowLength(dimension),
                ElementType.FLOAT32.valuesLength(dimension)));
  }

  private static GradientValue fromEnvelope(
      VectorEnvelope envelope, String field, PinnedAttributor pins, ElementType elementType) {
    VectorOrigin origin = envelope.origin();
    if (!origin.isForeign() && !origin.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds vectors of attributor [%s] with fingerprint [%s], the value is of attributor [%s] with fingerprint [%s]: use a pipeline of the field's attributor, or a field of the pipeline's attributor"
              .formatted(
                  field,
                  pins.attributor(),
                  pins.fingerprint(),
                  envelope.attributor(),
                  origin.fingerprint()));
    }
    if (envelope.elementType() != elementType) {
      throw new IllegalArgumentException(
          "field [%s] stores %s, the value is a row of %s"
              .formatted(field, lower(elementType), lower(envelope.elementType())));
    }
    int got = envelope.row().length;
    if (got != elementType.rowLength(pins.dimension())) {
      throw wrongDimension(
          field,
          pins.dimension(),
          "a row of %s bytes, not %s".formatted(got, elementType.rowLength(pins.dimension())));
    }
    return new GradientValue(vector(field, elementType, envelope.row()), origin);
  }

  private static GradientVector vector(String field, ElementType type, byte[] row) {
    return named(field, () -> new GradientVector(type.decode(row)));
  }

  private static <T> T named(String field, Supplier<T> value) {
    try {
      return value.get();
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(
          "field [%s]: %s".formatted(field, refused.getMessage()), refused);
    }
  }

  private static void requireUsefulNorm(String field, double norm) {
    if (norm == 0) {
      throw new IllegalArgumentException(
          "field [%s]: a vector of zeros has no influence on anything".formatted(field));
    }
    if (norm > MAX_NORM) {
      throw new IllegalArgumentException(
          "field [%s] takes vectors of norm %s at most, the value has %s: scale it down"
              .formatted(field, MAX_NORM, norm));
    }
  }

  private static String lower(ElementType type) {
    return type.name().toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException wrongKind(String field, Token token) {
    return new IllegalArgumentException(
        "field [%s] takes one vector, as a base64 string or an array of numbers, got %s"
            .formatted(field, token));
  }

  private static IllegalArgumentException wrongDimension(String field, int dimension, String got) {
    return new IllegalArgumentException(
        "field [%s] has dimension %s, the value has %s".formatted(field, dimension, got));
  }
}
