package org.rapidin.attribution.compression;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.rapidin.attribution.compression.CompressionTests.THIRTY;
import static org.rapidin.attribution.compression.CompressionTests.assertRefused;
import static org.rapidin.attribution.compression.CompressionTests.layers;
import static org.rapidin.attribution.compression.CompressionTests.read;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.error.CompressionError;

/** What a definition of {@code logra} becomes, and what is refused. */
class LograDefinitionTests {

  @Test
  void theDimensionOfLograFollowsFromTheRankAndTheLayers() {
    Compression open = read(Map.of("method", "logra"));
    assertEquals(new Logra(64, Modules.ALL, 42, 0), open);
    assertThrows(IllegalStateException.class, open::dimension);
    GradientLayout layout = layers(2, 100, 70, 64, 3);
    Compression fitted = open.fit(layout);
    assertEquals(2 * (64 * 64 + 64 * 3), fitted.dimension());
    assertEquals(fitted, read(fitted.toMap()).fit(layout));
    assertTrue(open.mayBecome(fitted));
    assertFalse(new Logra(63, Modules.ALL, 42, 0).mayBecome(fitted));
    assertFalse(new Logra(64, Modules.ALL, 42, 1).mayBecome(fitted));
    assertFalse(open.mayBecome(new Identity(1)));
    assertFalse(new Logra(64, Modules.MLP, 42, 0).mayBecome(fitted));
    assertTrue(fitted.mayBecome(fitted));
    assertFalse(fitted.mayBecome(open));
  }

  @Test
  void defaultsOfLograAreNotWritten() {
    Map<String, Object> written = read(Map.of("method", "logra")).toMap();
    assertEquals(Set.of("method", "rank", "seed"), written.keySet());
    for (Object modules : List.of("all", List.of("*"))) {
      Map<String, Object> named =
          Map.of("method", "logra", "projection", "random", "modules", modules);
      assertEquals(written, read(named).toMap());
    }
    Map<String, Object> mlp = read(Map.of("method", "logra", "modules", "mlp")).toMap();
    assertEquals("mlp", mlp.get("modules"));
    Map<String, Object> names =
        read(Map.of("method", "logra", "modules", List.of("b", "a", "b"))).toMap();
    assertEquals(List.of("a", "b"), names.get("modules"));
  }

  @Test
  void projectionsAndModulesThatAreNotThereAreRefused() {
    assertRefused(
        "compression.projection must be [random] or [pca], got [svd]",
        Map.of("method", "logra", "projection", "svd"));
    assertRefused(
        "compression.modules must be [all], [mlp] or a list of names of modules, got [attention]",
        Map.of("method", "logra", "modules", "attention"));
    assertRefused(
        "compression.modules is empty: set it to [all], to [mlp] or to names of modules",
        Map.of("method", "logra", "modules", List.of()));
    assertRefused(
        "[compression.modules] of the attributor must be a string, got Integer [3]",
        Map.of("method", "logra", "modules", List.of("a", 3)));
  }

  @Test
  void componentsAreWrittenWithTheDigestOfTheirArtefactOnceThatIsKnown() {
    Logra named =
        (Logra) read(Map.of("method", "logra", "rank", 2, "projection", "pca", "artefact", "p"));
    assertEquals(
        Map.of("method", "logra", "rank", 2, "projection", "pca", "artefact", "p"), named.toMap());
    Logra known = named.with(new ArtefactReference("p", "0af"));
    assertEquals("0af", known.toMap().get("artefact_digest"));
    assertEquals(known, read(known.toMap()));
    assertEquals(known.components(), known.artefact());
    Compression fitted = known.fit(layers(1, 3, 5));
    assertEquals(4, fitted.dimension());
    assertEquals(fitted, read(fitted.toMap()));
    assertTrue(named.mayBecome(known));
    assertTrue(named.mayBecome(fitted));
    assertTrue(known.mayBecome(fitted));
    assertFalse(known.mayBecome(named));
    assertFalse(named.mayBecome(known.with(new ArtefactReference("q", "0af"))));
    assertFalse(named.mayBecome(new Logra(2, Modules.ALL, 0, 0)));
    assertFalse(new Logra(2, Modules.ALL, 0, 0).mayBecome(named));
    assertTrue(fitted.error(layers(1, 3, 5)) instanceof CompressionError.Unknown);
  }

  @Test
  void optionsOfTheOtherProjectionAreRefused() {
    assertRefused(
        "compression.projection [pca] needs compression.artefact: the id of an artefact of type [pca]",
        Map.of("method", "logra", "projection", "pca"));
    assertRefused(
        "compression.seed decides random signs, projection [pca] has none: leave it out",
        Map.of("method", "logra", "projection", "pca", "artefact", "p", "seed", 42));
    assertRefused(
        "compression.artefact goes with projection [pca]: set projection, or leave it out",
        Map.of("method", "logra", "artefact", "p"));
    assertRefused(
        "compression.artefact_digest goes with projection [pca]: leave it out",
        Map.of("method", "logra", "artefact_digest", "0a"));
  }

  private static GradientLayout twoLayers() {
    List<Tensor> tensors = new ArrayList<>();
    for (String layer : List.of("layers.0.", "layers.1.")) {
      for (String module : List.of("attention.q", "mlp.up", "mlp.down")) {
        tensors.add(new Tensor(layer + module + ".weight", List.of(2L, 3L), true));
      }
    }
    return new GradientLayout(tensors, 2);
  }

  private static List<String> selected(Object modules) {
    return read(Map.of("method", "logra", "modules", modules))
        .select(twoLayers())
        .tensors()
        .stream()
        .map(Tensor::module)
        .toList();
  }

  @Test
  void modulesAreSelectedByWordNameOrPatternInTheOrderOfTheModel() {
    assertEquals(6, selected("all").size());
    assertEquals(
        List.of("layers.0.mlp.up", "layers.0.mlp.down", "layers.1.mlp.up", "layers.1.mlp.down"),
        selected("mlp"));
    assertEquals(
        List.of("layers.0.attention.q", "layers.1.mlp.up"),
        selected(List.of("layers.1.mlp.up", "layers.0.*.q")));
    GradientLayout mlp = read(Map.of("method", "logra", "modules", "mlp")).select(twoLayers());
    assertEquals(List.of(5L, 10L, 20L, 25L), IntStream.range(0, 4).mapToObj(mlp::lines).toList());
    assertEquals(2 * 4 * 6, mlp.length());
  }

  @Test
  void aModuleThatIsNotThereIsRefusedWithSomeThatAre() {
    for (String name : List.of("layers.2.mlp.up", "layers.0.mlp.up.weight", "layers.0.mlp")) {
      String message =
          assertThrows(
                  IllegalArgumentException.class, () -> selected(List.of("layers.0.mlp.up", name)))
              .getMessage();
      assertEquals(
          "compression.modules [%s] fits none of the modules that the attributor's parameters select, such as [layers.0.attention.q, layers.0.mlp.up, layers.0.mlp.down]"
              .formatted(name),
          message);
    }
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Logra(1, Modules.MLP, 1, 0).select(THIRTY))
            .getMessage();
    assertTrue(message.startsWith("compression.modules [mlp] fits none"), message);
  }

  @Test
  void aWordForModulesIsNotAName() {
    for (String word : List.of("all", "mlp")) {
      assertRefused(
          "compression.modules [%s] stands for several modules and is written without a list"
              .formatted(word),
          Map.of("method", "logra", "modules", List.of("*.o_proj", word)));
    }
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
    Logra largest = new Logra(1024, Modules.ALL, 1, 0);
    assertEquals(1 << 20, largest.fit(layers(1, 2000, 1024)).dimension());
    String message =
        assertThrows(IllegalArgumentException.class, () -> largest.fit(layers(1, 2000, 1024, 1, 1)))
            .getMessage();
    assertTrue(message.contains("makes vectors of 1048577 numbers (layers: 2"), message);
    message =
        assertThrows(
                IllegalArgumentException.class,
                () -> new Logra(2, Modules.ALL, 1, 5).fit(layers(1, 3, 3)))
            .getMessage();
    assertTrue(message.contains("must be 4 with rank 2, got 5: leave it out"), message);
  }
}
