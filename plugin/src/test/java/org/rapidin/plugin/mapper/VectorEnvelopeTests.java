package org.rapidin.plugin.mapper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.core.common.bytes.BytesReference;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.wire.VersionedBody;
import org.rapidin.scorer.ElementType;

class VectorEnvelopeTests {
  private static final float[] VECTOR = {1, -2, 3};

  @ParameterizedTest
  @EnumSource
  void everythingIsReadAsItWasWritten(ElementType type) {
    VectorOrigin origin = new VectorOrigin("print", new byte[] {9, 8});
    byte[] row = type.encode(VECTOR);
    byte[] bytes = new VectorEnvelope("démo", origin, type, row).toBytes();
    assertTrue(VectorEnvelope.isEnvelope(bytes));
    assertFalse(VectorEnvelope.isEnvelope(row));
    VectorEnvelope read = VectorEnvelope.read(bytes);
    assertEquals("démo", read.attributor());
    assertEquals(origin, read.origin());
    assertEquals(type, read.elementType());
    assertArrayEquals(row, read.row());
  }

  @Test
  void row46AnEnvelopeOfALaterVersionIsReadAndWhatItAddsIsIgnored() throws IOException {
    byte[] row = ElementType.FLOAT16.encode(VECTOR);
    VectorEnvelope read = VectorEnvelope.read(later((byte) 0, row));
    assertEquals(new VectorOrigin("print", new byte[] {7}), read.origin());
    assertArrayEquals(row, read.row());
  }

  @Test
  void anElementTypeOfALaterVersionIsRefusedByItsCode() {
    var thrown =
        assertThrows(
            IllegalArgumentException.class,
            () -> VectorEnvelope.read(later((byte) 5, new byte[9])));
    assertEquals("unknown element type 5", thrown.getMessage());
  }

  private static byte[] later(byte elementType, byte[] row) throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      out.writeBytes(new byte[] {'R', 'G', 'V', 'E'});
      VersionedBody.write(
          out,
          2,
          header -> {
            header.writeByte(elementType);
            header.writeString("demo");
            header.writeString("print");
            header.writeByteArray(new byte[] {7});
            header.writeString("a field that this version does not know");
          });
      out.writeBytes(row);
      return BytesReference.toBytes(out.bytes());
    }
  }
}
