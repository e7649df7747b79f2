package org.rapidin.attribution.compression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

class CompressionTests {
  private static final GradientLayout THIRTY =
      new GradientLayout(
          List.of(
              new Tensor("matrix", List.of(3L, 4L), true), new Tensor("norm", List.of(3L), false)),
          2);

  private static Compression read(Map<String, Object> compression) {
    return Compression.read(Map.of("compression", compression));
  }

  private static void assertRefused(String message, Map<String, Object> compression) {
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> read(compression).fit(THIRTY));
    assertEquals(message, refused.getMessage());
  }

  @Test
  void tensorsOfCheckpointsLieOneAfterAnother() {
    assertEquals(30, THIRTY.length());
    assertEquals(12, THIRTY.position(0, 1));
    assertEquals(15, THIRTY.position(1, 0));
    assertEquals(27, THIRTY.position(1, 1));
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    for (Compression compression :
        List.of(
            new RapidGrad(256, Long.MIN_VALUE),
            new Identity(0),
            new Identity(30),
            new RandomProjection(1, -1),
            new Logra(1024, 7, 0),
            new Logra(2, -7, 12))) {
      assertEquals(compression, read(compression.toMap()));
    }
  }

  @Test
  void rapidgradIsTheDefaultAndTakesAnyGradients() {
    Compression byDefault = Compression.read(Map.of());
    assertEquals(new RapidGrad(65536, 42), byDefault);
    assertEquals(byDefault, byDefault.fit(THIRTY));
  }

  @Test
  void theDimensionOfIdentityFollowsFromTheGradients() {
    Compression open = read(Map.of("method", "identity"));
    assertThrows(IllegalStateException.class, open::dimension);
    Compression fitted = open.fit(THIRTY);
    assertEquals(30, fitted.dimension());
    assertEquals(Map.of("method", "identity", "dimension", 30), fitted.toMap());
    assertEquals(fitted, read(Map.of("method", "identity", "dimension", 30)).fit(THIRTY));
    assertTrue(open.mayBecome(fitted));
    assertTrue(fitted.mayBecome(fitted));
    assertFalse(new Identity(29).mayBecome(fitted));
    assertFalse(open.mayBecome(new RapidGrad(256, 1)));
  }

  private static GradientLayout layers(int checkpoints, long... sizes) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < sizes.length; i += 2) {
      tensors.add(new Tensor("layer" + i, List.of(sizes[i], sizes[i + 1]), true));
    }
    return new GradientLayout(tensors, checkpoints);
  }

  @Test
  void theDimensionOfLograFollowsFromTheRankAndTheLayers() {
    Compression open = read(Map.of("method", "logra"));
    assertEquals(new Logra(64, 42, 0), open);
    assertThrows(IllegalStateException.class, open::dimension);
    GradientLayout layout = layers(2, 100, 70, 64, 3);
    Compression fitted = open.fit(layout);
    assertEquals(2 * (64 * 64 + 64 * 3), fitted.dimension());
    assertEquals(fitted, read(fitted.toMap()).fit(layout));
    assertTrue(open.mayBecome(fitted));
    assertFalse(new Logra(63, 42, 0).mayBecome(fitted));
    assertFalse(new Logra(64, 42, 1).mayBecome(fitted));
    assertFalse(open.mayBecome(new Identity(1)));
  }

  @Test
  void lograTakesLinearLayersUpToTheLargestVector() {
    assertRefused(
        "compression.method [logra] projects weights of linear layers and [norm] is not one: set parameters to [linear] or to names of such weights",
        Map.of("method", "logra"));
    for (int rank : new int[] {0, 1025}) {
      assertRefused(
          "compression.rank must be 1 to 1024, got %s".formatted(Integer.toString(rank)),
          Map.of("method", "logra", "rank", rank));
    }
    Logra largest = new Logra(1024, 1, 0);
    assertEquals(1 << 20, largest.fit(layers(1, 2000, 1024)).dimension());
    String message =
        assertThrows(IllegalArgumentException.class, () -> largest.fit(layers(1, 2000, 1024, 1, 1)))
            .getMessage();
    assertTrue(message.contains("makes vectors of 1048577 numbers (layers: 2"), message);
    message =
        assertThrows(IllegalArgumentException.class, () -> new Logra(2, 1, 5).fit(layers(1, 3, 3)))
            .getMessage();
    assertTrue(message.contains("must be 4 with rank 2, got 5: leave it out"), message);
  }

  @Test
  void methodsAndOptionsThatAreUnknownAreRefusedWithWhatIsAllowed() {
    assertRefused(
        "compression.method must be one of [rapidgrad, identity, random, logra], got [pca]",
        Map.of("method", "pca"));
    assertRefused(
        "unknown key [compression.seed] in the attributor, allowed in [compression] are [method, dimension]",
        Map.of("method", "identity", "seed", 1));
    assertRefused(
        "unknown key [compression.rank] in the attributor, allowed in [compression] are [method, dimension, seed]",
        Map.of("method", "random", "rank", 1));
  }

  @Test
  void limitsAreNamed() {
    assertRefused(
        "compression.dimension must be a power of two from 256 to 1048576, got 257",
        Map.of("dimension", 257));
    for (int dimension : new int[] {-1, 0, (1 << 20) + 1}) {
      assertRefused(
          "compression.dimension of method [identity] must be 1 to 1048576, got %s: it follows from the attributor's parameters, leave it out"
              .formatted(Integer.toString(dimension)),
          Map.of("method", "identity", "dimension", dimension));
    }
    assertRefused(
        "compression.dimension of method [identity] must be 30, the numbers of the attributor's gradients, got 31: leave it out",
        Map.of("method", "identity", "dimension", 31));
  }

  @Test
  void identityRefusesGradientsThatAreTooLongForAVector() {
    Identity identity = new Identity(0);
    long most = 1 << 20;
    assertEquals(most, identity.fit(layout(most)).dimension());
    String message =
        assertThrows(IllegalArgumentException.class, () -> identity.fit(layout(most + 1)))
            .getMessage();
    assertTrue(message.contains("at most 1048576 numbers, those of the attributor's"), message);
    assertTrue(message.contains("have 1048577: select fewer"), message);
  }

  @Test
  void theWorkOfARandomProjectionIsLimited() {
    Compression random = read(Map.of("method", "random"));
    assertEquals(new RandomProjection(4096, 42), random);
    assertEquals(random, random.fit(layout(1 << 18)));
    String message =
        assertThrows(IllegalArgumentException.class, () -> random.fit(layout((1 << 18) + 1)))
            .getMessage();
    assertTrue(message.contains("[random] with dimension 4096 takes gradients of at most 262144"));
    assertTrue(message.contains("have 262145: select fewer"), message);
    for (int dimension : new int[] {0, (1 << 16) + 1}) {
      assertRefused(
          "compression.dimension of method [random] must be 1 to 65536, got "
              + Integer.toString(dimension),
          Map.of("method", "random", "dimension", dimension));
    }
  }

  private static GradientLayout layout(long length) {
    return new GradientLayout(List.of(new Tensor("all", List.of(length), false)), 1);
  }
}
