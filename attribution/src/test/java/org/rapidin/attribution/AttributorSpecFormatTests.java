package org.rapidin.attribution;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.compression.RapidGrad;

class AttributorSpecFormatTests {
  private static final Map<String, Object> TEMPLATE =
      Map.of("prompt", "### Instruction:\n{{instruction}}\n", "completion", "{{output}}");

  private static Map<String, Object> minimal(Object... more) {
    Map<String, Object> map = new HashMap<>(Map.of("model", "demo", "template", TEMPLATE));
    for (int i = 0; i < more.length; i += 2) {
      map.put((String) more[i], more[i + 1]);
    }
    return map;
  }

  @Test
  void readsTheFormOfTheArchitecturePage() {
    AttributorSpec spec =
        AttributorSpecFormat.fromMap(
            minimal(
                "adapter", "lora",
                "parameters", "adapter",
                "max_tokens", 128,
                "normalization", "layer",
                "compression", Map.of("method", "rapidgrad", "dimension", 4096, "seed", 7),
                "similarity", "cosine"));
    assertEquals(
        new AttributorSpec(
            "demo",
            List.of(new Checkpoint("lora", 1)),
            List.of("adapter"),
            new TextTemplate("### Instruction:\n{{instruction}}\n", "{{output}}"),
            SpecialTokens.AUTO,
            128,
            Normalization.LAYER,
            new RapidGrad(4096, 7),
            Similarity.COSINE,
            0),
        spec);
  }

  @Test
  void absentKeysHaveDefaults() {
    AttributorSpec spec = AttributorSpecFormat.fromMap(minimal());
    assertEquals(List.of("linear"), spec.parameters());
    assertEquals(512, spec.maxTokens());
    assertEquals(Normalization.LAYER, spec.normalization());
    assertEquals(new RapidGrad(65536, 42), spec.compression());
    assertEquals(Similarity.DOT_PRODUCT, spec.similarity());
    assertEquals(
        List.of("adapter"), AttributorSpecFormat.fromMap(minimal("adapter", "lora")).parameters());
  }

  @Test
  void whatIsWrittenReadsBackEqual() {
    Map<String, Object> checkpoints =
        minimal(
            "checkpoints",
            List.of(
                Map.of("adapter", "epoch-1", "weight", 0.5),
                Map.of("adapter", "epoch-2", "weight", 2)),
            "parameters",
            List.of("*.q_proj.*", "adapter"),
            "compression",
            Map.of("seed", Long.MIN_VALUE),
            "score_scale",
            3);
    Map<String, Object> everywhere = minimal("special_tokens", "everywhere");
    for (Map<String, Object> map :
        List.of(minimal(), minimal("adapter", "lora"), checkpoints, everywhere)) {
      AttributorSpec spec = AttributorSpecFormat.fromMap(map);
      assertEquals(spec, AttributorSpecFormat.fromMap(AttributorSpecFormat.toMap(spec)));
    }
  }

  @Test
  void unknownKeysAreNamedWithWhatIsAllowed() {
    assertRefused("unknown key [dimensions]", minimal("dimensions", 1));
    assertRefused("allowed are [model, adapter", minimal("dimensions", 1));
    assertRefused(
        "unknown key [compression.dim], allowed in [compression] are [method",
        minimal("compression", Map.of("dim", 256)));
    assertRefused("[template.prom]", minimal("template", Map.of("prom", "", "completion", "")));
    assertRefused(
        "[checkpoints[0].rate]",
        minimal("checkpoints", List.of(Map.of("adapter", "a", "rate", 1))));
  }

  @Test
  void wrongTypesAndValuesAreNamed() {
    assertRefused("[model] is missing", Map.of("template", TEMPLATE));
    assertRefused("[template.completion] is missing", Map.of("model", "demo"));
    assertRefused(
        "[model] of the attributor must be a string, got Integer [3]", minimal("model", 3));
    assertRefused(
        "[max_tokens] of the attributor must be a whole number", minimal("max_tokens", 1.5));
    assertRefused("[max_tokens]", minimal("max_tokens", 1L << 32));
    assertRefused("[template] of the attributor must be an object", minimal("template", "x"));
    assertRefused("[checkpoints] of the attributor must be a list", minimal("checkpoints", "x"));
    assertRefused(
        "[parameters] of the attributor must be a string", minimal("parameters", List.of(1)));
    assertRefused(
        "normalization must be one of [layer, none], got [l2]", minimal("normalization", "l2"));
    assertRefused("similarity must be one of", minimal("similarity", "DOT_PRODUCT"));
    assertRefused(
        "special_tokens must be one of [auto, everywhere]", minimal("special_tokens", "none"));
    assertRefused(
        "compression.method must be one of [rapidgrad, identity, random, logra, trackstar, lm_head], got [pca]",
        minimal("compression", Map.of("method", "pca")));
    assertRefused(
        "compression.dimension of method [rapidgrad] must be a power of two from 256",
        minimal("compression", Map.of("dimension", 1000)));
    assertRefused("score_scale must be more than 0", minimal("score_scale", 0));
    assertRefused(
        "both [adapter] and [checkpoints]",
        minimal("adapter", "a", "checkpoints", List.of(Map.of("adapter", "b"))));
  }

  /** The method scales gradients itself, and says whether vectors have norm 1. */
  @Test
  void trackstarTakesNoNormalization() {
    Map<String, Object> trackStar = Map.of("method", "trackstar");
    AttributorSpec spec = AttributorSpecFormat.fromMap(minimal("compression", trackStar));
    assertEquals(Normalization.NONE, spec.normalization());
    assertEquals(spec, AttributorSpecFormat.fromMap(AttributorSpecFormat.toMap(spec)));
    assertEquals(1, spec.derivedScale(7));
    assertRefused(
        "normalization [layer] is not for compression.method [trackstar]",
        minimal("compression", trackStar, "normalization", "layer"));
    Map<String, Object> anyNorm = Map.of("method", "trackstar", "unit_norm", false);
    assertRefused(
        "similarity [cosine] divides vectors by their norms, which compression.unit_norm [false]",
        minimal("compression", anyNorm, "similarity", "cosine"));
    assertRefused("needs score_scale", minimal("compression", anyNorm));
    assertEquals(
        3,
        AttributorSpecFormat.fromMap(minimal("compression", anyNorm, "score_scale", 3))
            .derivedScale(7));
  }

  private static void assertRefused(String sentence, Map<String, Object> map) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> AttributorSpecFormat.fromMap(map))
            .getMessage();
    assertTrue(message.contains(sentence), message);
  }
}
