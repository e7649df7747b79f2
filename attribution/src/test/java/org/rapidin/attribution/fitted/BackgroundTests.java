package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.scorer.ElementType;
import org.rapidin.scorer.RowMatrix;

class BackgroundTests {
  private static final List<float[]> VECTORS =
      List.of(new float[] {1, -2, 3}, new float[] {0.5f, 0, 1e-3f}, new float[3]);

  private static byte[] written() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Background.Writer writer = new Background.Writer(new DataOutputStream(bytes), "print", 3);
    writer.add(VECTORS.subList(0, 1));
    writer.add(VECTORS.subList(1, 3));
    assertEquals(3, writer.count());
    writer.finish();
    return bytes.toByteArray();
  }

  private static Background read(byte[] bytes, int count) throws IOException {
    return Background.read(
        new DataInputStream(new ByteArrayInputStream(bytes)), count, bytes.length);
  }

  @Test
  void hasTheRowsThatWereWritten() throws IOException {
    try (Background background = read(written(), 3)) {
      assertEquals("print", background.fingerprint());
      RowMatrix rows = background.rows();
      assertEquals(3, rows.rows());
      for (int i = 0; i < 3; i++) {
        byte[] row = new byte[ElementType.FLOAT16.rowLength(3)];
        rows.values().asSlice(6L * i, 6).asByteBuffer().get(row, 0, 6);
        rows.scales().asSlice(4L * i, 4).asByteBuffer().get(row, 6, 4);
        assertArrayEquals(ElementType.FLOAT16.encode(VECTORS.get(i)), row);
      }
    }
  }

  @Test
  void memoryIsGivenBack() throws IOException {
    Background background = read(written(), 3);
    background.close();
    assertThrows(
        IllegalStateException.class,
        () -> background.rows().values().get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void otherBytesAreRefused() throws IOException {
    byte[] bytes = written();
    assertThrows(IOException.class, () -> read(bytes, 2));
    assertThrows(IOException.class, () -> read(bytes, 4));
    byte[] wide = bytes.clone();
    wide[11] = 0x7f; // the first byte of the dimension, after the version and the fingerprint
    assertTrue(
        assertThrows(IOException.class, () -> read(wide, 3))
            .getMessage()
            .contains("cannot have 3"));
    byte[] later = bytes.clone();
    later[3] = 9;
    assertEquals(
        "a background of version [9], this node reads [1]",
        assertThrows(IOException.class, () -> read(later, 3)).getMessage());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Background.Writer writer = new Background.Writer(new DataOutputStream(out), "print", 3);
    assertThrows(
        IllegalArgumentException.class, () -> writer.add(List.of(new float[] {Float.NaN, 0, 0})));
    assertThrows(IllegalArgumentException.class, () -> writer.add(List.of(new float[2])));
  }
}
