package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.ModulePart;

/** Which numbers of a vector are those of which module. */
class ModulePartsTests extends AttributorTestCase {
  private static final Sample GENERATION = new Sample("Where? ", "Paris it is.");

  private static AttributorSpec linear(Map<String, Object> compression) {
    return spec(
        "adapter",
        "",
        "parameters",
        List.of("linear"),
        "normalization",
        "none",
        "score_scale",
        1,
        "compression",
        compression);
  }

  static Stream<AttributorSpec> specs() {
    return Stream.of(
        linear(Map.of("method", "identity")),
        linear(Map.of("method", "logra", "rank", 3)),
        linear(Map.of("method", "trackstar", "dimension", 700, "unit_norm", false)));
  }

  private QueryGradient gradient(AttributorSpec spec) throws Exception {
    try (Attributor attributor = open(spec)) {
      return attributor.query(GENERATION, new TokenSelection.All(), false);
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void partsFollowOneAnotherAndOtherNumbersAreZero(AttributorSpec spec) throws Exception {
    QueryGradient gradient = gradient(spec);
    int at = 0;
    for (ModulePart part : gradient.parts()) {
      assertEquals(at, part.from());
      at = part.to();
    }
    assertTrue(gradient.parts().size() > 8);
    for (int k = at; k < gradient.vector().length; k++) {
      assertEquals(0, gradient.vector()[k]);
    }
  }

  /** The oracle is an attributor of this module alone. */
  @Test
  void thePartOfAModuleIsTheVectorOfTheModuleAlone() throws Exception {
    QueryGradient all = gradient(linear(Map.of("method", "logra", "rank", 3)));
    for (ModulePart part : all.parts()) {
      QueryGradient alone =
          gradient(linear(Map.of("method", "logra", "rank", 3, "modules", List.of(part.module()))));
      assertArrayEquals(
          alone.vector(), Arrays.copyOfRange(all.vector(), part.from(), part.to()), 1e-6f);
    }
  }

  @Test
  void methodsThatMixModulesHaveNoParts() throws Exception {
    assertEquals(List.of(), gradient(spec()).parts());
    assertEquals(
        List.of(),
        gradient(spec("compression", Map.of("method", "lm_head", "dimension", 1024))).parts());
  }
}
