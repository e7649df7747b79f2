package org.rapidin.attribution.compression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout.Tensor;

class CompressionTests {
  static final GradientLayout THIRTY =
      new GradientLayout(
          List.of(
              new Tensor("matrix", List.of(3L, 4L), true), new Tensor("norm", List.of(3L), false)),
          2);

  static Compression read(Map<String, Object> compression) {
    return Compression.read(Map.of("compression", compression));
  }

  static void assertRefused(String message, Map<String, Object> compression) {
    Exception refused =
        assertThrows(IllegalArgumentException.class, () -> read(compression).fit(THIRTY));
    assertEquals(message, refused.getMessage());
  }

  static GradientLayout layers(int checkpoints, long... sizes) {
    List<Tensor> tensors = new ArrayList<>();
    for (int i = 0; i < sizes.length; i += 2) {
      tensors.add(new Tensor("layer" + i, List.of(sizes[i], sizes[i + 1]), true));
    }
    return new GradientLayout(tensors, checkpoints);
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
            new Logra(1024, Modules.ALL, 7, 0),
            new Logra(1, Modules.MLP, 7, 0),
            new Logra(1, new Modules(List.of("b", "a.*")), 7, 0),
            new Logra(2, Modules.ALL, -7, 12),
            new Logra(2, Modules.MLP, Optional.of(new ArtefactReference("p", "0a")), 0, 12),
            new TrackStar(65536, false, true, 42),
            new TrackStar(1, true, false, -7),
            new LmHead(1 << 20, -1))) {
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

  @Test
  void anAutocorrelationIsWrittenWithItsDigestOnceThatIsKnown() {
    Compression named = read(Map.of("method", "trackstar", "autocorrelation", "r"));
    assertEquals("r", named.toMap().get("autocorrelation"));
    assertFalse(named.toMap().containsKey("autocorrelation_digest"));
    TrackStar known = ((TrackStar) named).with(new ArtefactReference("r", "0af"));
    assertEquals("0af", known.toMap().get("autocorrelation_digest"));
    assertEquals(known, Compression.read(Map.of("compression", known.toMap())));
    assertTrue(named.mayBecome(known));
    assertFalse(known.mayBecome(named));
    assertFalse(named.mayBecome(known.with(new ArtefactReference("s", "0af"))));
    assertEquals(Optional.empty(), known.uncorrected().artefact());
  }

  @Test
  void optionsOfTrackstarHaveDefaultsThatAreWritten() {
    assertEquals(
        Map.of(
            "method",
            "trackstar",
            "dimension",
            65536,
            "second_moment",
            "none",
            "autocorrelation",
            "none",
            "unit_norm",
            true,
            "seed",
            42L),
        read(Map.of("method", "trackstar")).toMap());
    assertRefused(
        "compression.second_moment must be [file], the optimizer's second moments next to the model's weights, or [none], got [adam]",
        Map.of("method", "trackstar", "second_moment", "adam"));
    assertRefused(
        "[compression.autocorrelation] of the attributor must be a string, got Boolean [true]",
        Map.of("method", "trackstar", "autocorrelation", true));
    assertRefused(
        "[compression.unit_norm] of the attributor must be true or false, got String [yes]",
        Map.of("method", "trackstar", "unit_norm", "yes"));
  }

  @Test
  void trackstarSplitsItsDimensionOverLinearLayers() {
    GradientLayout layout = layers(2, 100, 70, 64, 3);
    TrackStar method = new TrackStar(1000, false, true, 1);
    assertEquals(method, method.fit(layout));
    assertEquals(List.of(new Block(18, 17), new Block(64, 3)), method.blocks(layout));
    assertEquals(4 * (17 * 70 + 18 * 100 + 64 + 3), method.residentBytes(layout));
    assertEquals(0, method.passBytes(layout));
    // Products of 64 MiB, of the layer whose inputs are all kept.
    long twice = 2 * ((64L << 20) / 3 * 3);
    assertEquals(4 * 64 * 3 + twice, new TrackStar(1000, true, true, 1).passBytes(layout));
    assertRefused(
        "compression.method [trackstar] projects weights of linear layers and [norm] is not one: set parameters to [linear] or to names of such weights",
        Map.of("method", "trackstar"));
  }

  @Test
  void trackstarHasANumberALayerAndNoMoreThanTheGradients() {
    GradientLayout layout = layers(2, 3, 4, 5, 6);
    for (int dimension : new int[] {4, 84}) {
      assertEquals(dimension, new TrackStar(dimension, false, true, 1).fit(layout).dimension());
    }
    for (int dimension : new int[] {3, 85}) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new TrackStar(dimension, false, true, 1).fit(layout))
              .getMessage();
      assertEquals(
          "compression.dimension of method [trackstar] must be 4 to 84 with the attributor's parameters, at least 1 number for each layer and checkpoint and at most those of the gradients, got "
              + Integer.toString(dimension),
          message);
    }
    for (int dimension : new int[] {0, (1 << 20) + 1}) {
      assertRefused(
          "compression.dimension of method [trackstar] must be 1 to 1048576, got "
              + Integer.toString(dimension),
          Map.of("method", "trackstar", "dimension", dimension));
    }
  }

  @Test
  void lmHeadTakesTheHeadInPlaceOfTheParameters() {
    Compression byDefault = read(Map.of("method", "lm_head"));
    assertEquals(new LmHead(16384, 42), byDefault);
    assertEquals(byDefault, byDefault.fit(THIRTY));
    assertTrue(new RapidGrad(256, 1).ofHead(head(300)).isEmpty());
    assertEquals(shapes(300, 300), byDefault.ofHead(head(300)).orElseThrow());
    assertEquals(shapes(16384, 49152), byDefault.ofHead(head(49152)).orElseThrow());
    assertEquals(shapes(1024, 49152), new LmHead(256, 1).ofHead(head(49152)).orElseThrow());
    assertEquals(16384, new LmHead(1 << 20, 1).vocabulary(49152).buckets());
    assertEquals(300, new LmHead(16384, 42).vocabulary(300).buckets());
    assertRefused(
        "compression.dimension of method [lm_head] must be a power of two from 256 to 1048576, got 24576",
        Map.of("method", "lm_head", "dimension", 24576));
    assertRefused(
        "unknown key [compression.channels], allowed in [compression] are [method, dimension, seed]",
        Map.of("method", "lm_head", "channels", "rh"));
  }

  private static Tensor head(long tokens) {
    return new Tensor("lm_head.weight", List.of(tokens, 64L), false);
  }

  private static List<Tensor> shapes(long rows, long tokens) {
    return List.of(
        new Tensor("lm_head.weight", List.of(Math.min(rows, tokens), 64L), false),
        new Tensor("lm_head.input", List.of(64L, 64L), false));
  }

  @Test
  void methodsAndOptionsThatAreUnknownAreRefusedWithWhatIsAllowed() {
    assertRefused(
        "compression.method must be one of [rapidgrad, identity, random, logra, trackstar, lm_head], got [pca]",
        Map.of("method", "pca"));
    assertRefused(
        "unknown key [compression.seed], allowed in [compression] are [method, dimension]",
        Map.of("method", "identity", "seed", 1));
    assertRefused(
        "unknown key [compression.rank], allowed in [compression] are [method, dimension, seed]",
        Map.of("method", "random", "rank", 1));
  }

  @Test
  void limitsAreNamed() {
    assertRefused(
        "compression.dimension of method [rapidgrad] must be a power of two from 256 to 1048576, got 257",
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
