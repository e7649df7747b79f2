package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

/** Principal components are read as they were written, and only for their layers. */
class PrincipalComponentsTests {
  private static final Tensor WIDE = new Tensor("wide", List.of(3L, 2L), true);
  private static final Tensor NARROW = new Tensor("narrow", List.of(1L, 2L), true);
  private static final GradientLayout LAYOUT = new GradientLayout(List.of(WIDE, NARROW), 2);

  private static MemorySegment floats(float... numbers) {
    return MemorySegment.ofArray(numbers);
  }

  private static FactorCovariances sums() {
    FactorCovariances sums = new FactorCovariances(LAYOUT);
    sums.add(0, 3, floats(1, 0, 0, 0, 5, 0, 0, 0, 3), floats(2, 1, 1, 2), 1);
    sums.add(1, 2, floats(4), floats(1, 0, 0, 9), 0.5);
    return sums;
  }

  private static PrincipalComponents components(int rank) {
    return sums().components("print", rank, layer -> {});
  }

  private static byte[] written() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    components(2).write(new DataOutputStream(out));
    return out.toByteArray();
  }

  private static PrincipalComponents read(byte[] bytes) throws IOException {
    return PrincipalComponents.read(
        new DataInputStream(new ByteArrayInputStream(bytes)), bytes.length);
  }

  private static void assertAbsolute(float[] wanted, float[] got) {
    float[] sizes = got.clone();
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = Math.abs(sizes[i]);
    }
    assertArrayEquals(wanted, sizes, 1e-6f);
  }

  @Test
  void theFirstIsThatOfTheLargestEigenvalueAndAShortSideHasAll() throws IOException {
    PrincipalComponents read = read(written());
    assertEquals("print", read.fingerprint());
    assertEquals(2, read.rank());
    List<PrincipalComponents.Layer> layers = read.of(LAYOUT, 2);
    assertEquals(2, layers.getFirst().outputs().length);
    assertAbsolute(new float[] {0, 1, 0}, layers.getFirst().outputs()[0]);
    assertAbsolute(new float[] {0, 0, 1}, layers.getFirst().outputs()[1]);
    float half = (float) Math.sqrt(0.5);
    assertAbsolute(new float[] {half, half}, layers.getFirst().inputs()[0]);
    assertEquals(1, layers.getLast().outputs().length);
    assertAbsolute(new float[] {0, 1}, layers.getLast().inputs()[0]);
    assertTrue(written().length >= PrincipalComponents.bytes(LAYOUT, 2));
  }

  @Test
  void theyAreThoseOfTheirLayersAndRank() {
    PrincipalComponents components = components(2);
    GradientLayout one = new GradientLayout(List.of(NARROW), 1);
    assertEquals("narrow", components.of(one, 1).getFirst().name());
    assertRefused(
        "has 2 components of each side, rank 3 needs more", () -> components.of(LAYOUT, 3));
    for (Tensor other :
        List.of(
            new Tensor("wider", List.of(3L, 2L), true),
            new Tensor("wide", List.of(2L, 3L), true))) {
      assertRefused(
          "has no components of [%s] with shape %s".formatted(other.name(), other.shape()),
          () -> components.of(new GradientLayout(List.of(WIDE, other), 1), 2));
    }
  }

  @Test
  void tooFewTokensAndNumbersThatAreNotFiniteAreRefused() {
    assertRefused(
        "2 tokens of the sample have a part in the gradient of [wide], which do not determine 3 components: use a larger sample or a smaller rank",
        () -> {
          FactorCovariances few = new FactorCovariances(LAYOUT);
          few.add(0, 2, floats(new float[9]), floats(new float[4]), 1);
          few.components("print", 5, layer -> {});
        });
    assertRefused("[narrow]", () -> sums().add(1, 1, floats(Float.NaN), floats(new float[4]), 1));
    assertRefused(
        "[narrow]", () -> sums().add(1, 1, floats(1), floats(1, 0, 0, Float.POSITIVE_INFINITY), 1));
  }

  private static void assertRefused(String sentence, Runnable action) {
    String message = assertThrows(IllegalArgumentException.class, action::run).getMessage();
    assertTrue(message.contains(sentence), message);
  }

  @Test
  void otherBytesAreRefused() throws IOException {
    byte[] bytes = written();
    assertThrows(EOFException.class, () -> read(Arrays.copyOf(bytes, bytes.length - 1)));
    byte[] later = bytes.clone();
    later[3] = 9;
    assertEquals(
        "principal components of version [9], this node reads [1]",
        assertThrows(IOException.class, () -> read(later)).getMessage());
    byte[] wide = bytes.clone();
    wide[25] = 0x7f; // the first byte of n_o, after version, fingerprint, rank, layers and name
    assertTrue(
        assertThrows(IOException.class, () -> read(wide)).getMessage().contains("cannot have 2"));
  }
}
