package org.rapidin.plugin.mapper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.core.xcontent.XContentParser;
import org.rapidin.scorer.ElementType;

class GradientValueTests {
  private static final float[] VECTOR = {1.5f, -2f, 0.25f, 1024f};

  @Test
  void allThreeFormsGiveTheSameVector() throws IOException {
    assertArrayEquals(VECTOR, read(quoted(ElementType.FLOAT16.encode(VECTOR)), 4));
    assertArrayEquals(VECTOR, read(quoted(float32(VECTOR)), 4));
    assertArrayEquals(VECTOR, read("[1.5, -2, 0.25, 1024]", 4));
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
        assertArrayEquals(VECTOR, GradientValue.read(parser, "gradient", 4).values());
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
  void whatIsNoVectorIsRefusedWithoutQuotingIt() {
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

  private static void assertRefused(String sentence, String json, int dimension) {
    IllegalArgumentException thrown =
        assertThrows(IllegalArgumentException.class, () -> read(json, dimension));
    assertEquals(sentence, thrown.getMessage());
  }

  private static float[] read(String json, int dimension) throws IOException {
    try (XContentParser parser =
        JsonXContent.jsonXContent.createParser(
            NamedXContentRegistry.EMPTY, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, json)) {
      parser.nextToken();
      return GradientValue.read(parser, "gradient", dimension).values();
    }
  }

  private static String quoted(byte[] bytes) {
    return '"' + Base64.getEncoder().encodeToString(bytes) + '"';
  }

  private static byte[] float32(float[] vector) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return bytes.array();
  }
}
