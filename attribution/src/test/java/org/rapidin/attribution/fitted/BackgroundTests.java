package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
    return Background.read(new DataInputStream(new ByteArrayInputStream(bytes)), count);
  }

  @Test
  void hasTheRowsThatWereWritten() throws IOException {
    try (Background background = read(written(), 3)) {
      assertEquals("print", background.fingerprint());
      RowMatrix rows = background.rows();
      assertEquals(3, rows.rows());
      for (int i = 0; i < 3; i++) {
        byte[] row = new byte[ElementType.INT8.rowLength(3)];
        rows.values().asSlice(3L * i, 3).asByteBuffer().get(row, 0, 3);
        rows.scales().asSlice(4L * i, 4).asByteBuffer().get(row, 3, 4);
        assertArrayEquals(ElementType.INT8.encode(VECTORS.get(i)), row);
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
