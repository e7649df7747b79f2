package org.rapidin.plugin.mapper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.GradientVector;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.scorer.ElementType;

class GradientValueTests {
  private static final float[] VECTOR = {1.5f, -2f, 0.25f, 1024f};
  private static final VectorOrigin ORIGIN = new VectorOrigin("print-4", new byte[] {1, 2, 3});

  @Test
  void allThreeRawFormsGiveTheSameForeignVector() throws IOException {
    for (String raw :
        new String[] {
          quoted(ElementType.FLOAT16.encode(VECTOR)),
          quoted(float32(VECTOR)),
          "[1.5, -2, 0.25, 1024]"
        }) {
      GradientValue value = read(raw, 4, ElementType.FLOAT16);
      assertArrayEquals(VECTOR, value.vector().values());
      assertTrue(value.origin().isForeign());
      assertEquals(0, value.origin().textDigest().length);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEnvelopeTellsWhereItsVectorIsFrom(ElementType type) throws IOException {
    GradientValue value = read(quoted(envelope("demo", ORIGIN, type)), 4, type);
    assertArrayEquals(type.decode(type.encode(VECTOR)), value.vector().values());
    assertEquals(ORIGIN, value.origin());
  }

  @Test
  void anEnvelopeIsNeverTakenForARawVectorOfTheSameLength() throws IOException {
    VectorOrigin origin = new VectorOrigin("f".repeat(64), new byte[32]);
    for (ElementType type : ElementType.values()) {
      for (int dimension = 1; dimension <= 256; dimension++) {
        float[] vector = new float[dimension];
        Arrays.fill(vector, 1.5f);
        byte[] row = type.encode(vector);
        byte[] bytes = new VectorEnvelope("demo", origin, type, row).toBytes();
        PinnedAttributor pins =
            new PinnedAttributor("demo", dimension, "f".repeat(64), Similarity.DOT_PRODUCT, 1);
        GradientValue value = read(quoted(bytes), pins, type);
        assertEquals(origin, value.origin(), "%s, K=%s".formatted(type, dimension));
        assertArrayEquals(type.decode(row), value.vector().values());
      }
    }
  }

  @Test
  void anEnvelopeOfAnotherAttributorIsRefusedWithBothFingerprints() {
    VectorOrigin other = new VectorOrigin("print-9", new byte[32]);
    assertRefused(
        "field [gradient] holds vectors of attributor [demo] with fingerprint [print-4], the value"
            + " is of attributor [seed-2] with fingerprint [print-9]: use a pipeline of the field's"
            + " attributor, or a field of the pipeline's attributor",
        quoted(envelope("seed-2", other, ElementType.FLOAT16)),
        4);
  }

  @Test
  void anEnvelopeOfAnotherElementTypeOrDimensionIsRefused() {
    assertRefused(
        "field [gradient] stores float16, the value is a row of float32",
        quoted(envelope("demo", ORIGIN, ElementType.FLOAT32)),
        4);
    assertRefused(
        "field [gradient] has dimension 5, the value has a row of 12 bytes, not 14",
        quoted(envelope("demo", new VectorOrigin("print-5", new byte[0]), ElementType.FLOAT16)),
        5);
  }

  @Test
  void anEnvelopeThatIsCutOffIsRefused() {
    byte[] bytes = envelope("demo", ORIGIN, ElementType.FLOAT16);
    for (int length : new int[] {5, 6, 9, 20}) {
      assertThrows(
          IllegalArgumentException.class, () -> read(quoted(Arrays.copyOf(bytes, length)), 4));
    }
  }

  @Test
  void aForeignEnvelopeIsAllowed() throws IOException {
    byte[] bytes = envelope("", VectorOrigin.foreign(), ElementType.FLOAT16);
    assertTrue(read(quoted(bytes), 4, ElementType.FLOAT16).origin().isForeign());
  }

  @Test
  void zerosAndNormsBeyondTheLimitAreRefusedInEveryForm() {
    assertRefused(
        "field [gradient]: a vector of zeros has no influence on anything", "[0, 0, -0.0, 0]", 4);
    assertRefused(
        "field [gradient]: a vector of zeros has no influence on anything",
        quoted(float32(new float[4])),
        4);
    assertRefused(
        "field [gradient] takes vectors of norm 1.0E30 at most, the value has "
            + new GradientVector(new float[] {1e38f, 1e38f}).norm()
            + ": scale it down",
        "[1e38, 1e38]",
        2);
    assertEquals(4, readQuietly("[9e29, 1, 1, 1e-45]").vector().dimension());
  }

  @Test
  void binaryContentTypesHoldTheRowItself() throws IOException {
    try (XContentBuilder cbor = XContentBuilder.builder(XContentType.CBOR.xContent())) {
      cbor.startObject().field("gradient", ElementType.FLOAT16.encode(VECTOR)).endObject();
      try (XContentParser parser =
          XContentType.CBOR
              .xContent()
              .createParser(
                  NamedXContentRegistry.EMPTY,
                  DeprecationHandler.THROW_UNSUPPORTED_OPERATION,
                  BytesReference.toBytes(BytesReference.bytes(cbor)))) {
        parser.nextToken();
        parser.nextToken();
        assertEquals(XContentParser.Token.VALUE_EMBEDDED_OBJECT, parser.nextToken());
        GradientValue value = GradientValue.read(parser, "gradient", pins(4), ElementType.FLOAT16);
        assertArrayEquals(VECTOR, value.vector().values());
      }
    }
  }

  @Test
  void anotherDimensionIsRefusedInEveryForm() {
    assertRefused(
        "field [gradient] has dimension 5, the value has 12 bytes"
            + " (a float16 row has 14, float32 20)",
        quoted(ElementType.FLOAT16.encode(VECTOR)),
        5);
    assertRefused("field [gradient] has dimension 5, the value has 4 numbers", "[1,2,3,4]", 5);
    assertRefused("field [gradient] has dimension 3, the value has 4 numbers", "[1,2,3,4]", 3);
    assertRefused("field [gradient] has dimension 3, the value has 0 numbers", "[]", 3);
  }

  @Test
  void row39DimensionsAroundTheLargestAreRefused() {
    for (int length : new int[] {255, 257}) {
      String numbers = String.join(",", Collections.nCopies(length, "1"));
      assertRefused(
          "field [gradient] has dimension 256, the value has " + length + " numbers",
          "[" + numbers + "]",
          256);
    }
  }

  @Test
  void numbersThatAreNotFiniteAreRefusedInEveryForm() {
    float[] nan = {1, Float.NaN, 3, 4};
    assertRefused(
        "field [gradient]: a vector must be finite, number 1 is NaN", quoted(float32(nan)), 4);
    assertRefused(
        "field [gradient]: a vector must be finite, number 2 is Infinity", "[1, 2, 1e39, 4]", 4);
    byte[] row = ElementType.FLOAT16.encode(VECTOR);
    row[1] = 0x7c;
    row[0] = 0;
    assertThrows(IllegalArgumentException.class, () -> read(quoted(row), 4));
  }

  @Test
  void whatIsNotAVectorIsRefusedWithoutQuotingIt() {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> read("\"secret words!\"", 4));
    assertEquals(
        "the value of field [gradient] is a string that is not base64", thrown.getMessage());
    assertFalse(thrown.toString().contains("secret"));
    assertRefused(
        "field [gradient] takes one vector, as a base64 string or an array of numbers, got"
            + " VALUE_STRING",
        "[\"AAAA\"]",
        4);
    assertRefused(
        "field [gradient] takes one vector, as a base64 string or an array of numbers, got"
            + " START_OBJECT",
        "{}",
        4);
  }

  private static byte[] envelope(String attributor, VectorOrigin origin, ElementType type) {
    return new VectorEnvelope(attributor, origin, type, type.encode(VECTOR)).toBytes();
  }

  private static PinnedAttributor pins(int dimension) {
    return new PinnedAttributor("demo", dimension, "print-" + dimension, Similarity.DOT_PRODUCT, 1);
  }

  private static void assertRefused(String sentence, String json, int dimension) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> read(json, dimension));
    assertEquals(sentence, thrown.getMessage());
  }

  private static GradientValue readQuietly(String json) {
    try {
      return read(json, 4);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static GradientValue read(String json, int dimension) throws IOException {
    return read(json, dimension, ElementType.FLOAT16);
  }

  private static GradientValue read(String json, int dimension, ElementType type)
      throws IOException {
    return read(json, pins(dimension), type);
  }

  private static GradientValue read(String json, PinnedAttributor pins, ElementType type)
      throws IOException {
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, json)) {
      parser.nextToken();
      return GradientValue.read(parser, "gradient", pins, type);
    }
  }

  private static String quoted(byte[] bytes) {
    return '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }

  private static byte[] float32(float[] values) {
    // Not GradientVector.toBytes: it refuses the numbers that are to be refused here.
    byte[] bytes = new byte[4 * values.length];
    for (int i = 0; i < values.length; i++) {
      int bits = Float.floatToRawIntBits(values[i]);
      for (int b = 0; b < 4; b++) {
        bytes[4 * i + b] = (byte) (bits >> 8 * b);
      }
    }
    return bytes;
  }
}
