package org.rapidin.plugin.mapper;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.plugin.attributor.RegisteredAttributor;

class PinnedAttributorTests {

  private static Similarity pinned(boolean unitNorm) {
    AttributorSpec spec =
        new AttributorSpec(
            "model",
            List.of(),
            List.of("linear"),
            new TextTemplate("", "{{text}}"),
            SpecialTokens.AUTO,
            512,
            Normalization.NONE,
            new TrackStar(256, false, unitNorm, 42),
            Similarity.DOT_PRODUCT,
            unitNorm ? 0 : 4);
    RegisteredAttributor registered =
        new RegisteredAttributor("a", spec, "fingerprint", spec.derivedScale(1));
    return PinnedAttributor.of(registered).similarity();
  }

  /** So that the field makes unit vectors of those that documents bring, too. */
  @Test
  void attributorsWhoseDocumentsHaveNormOneArePinnedAsCosine() {
    assertEquals(Similarity.COSINE, pinned(true));
    assertEquals(Similarity.DOT_PRODUCT, pinned(false));
  }
}
