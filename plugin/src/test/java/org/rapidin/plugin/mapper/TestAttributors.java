package org.rapidin.plugin.mapper;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/** Attributors for tests that need their numbers only: {@code demo}, {@code other}, {@code cos}. */
public final class TestAttributors {
  /** K of the attributor {@code wide}. */
  public static final int WIDE_DIMENSION = 65_536;

  /** K of all of them: the smallest there is. */
  public static final int DIMENSION = 256;

  /** s of {@code demo} and {@code other}. */
  public static final double SCORE_SCALE = 4;

  private static final Map<String, RegisteredAttributor> ALL =
      new TreeMap<>(
          Map.of(
              "demo", attributor("demo", DIMENSION, Similarity.DOT_PRODUCT),
              "other", attributor("other", DIMENSION, Similarity.DOT_PRODUCT),
              "wide", attributor("wide", WIDE_DIMENSION, Similarity.DOT_PRODUCT),
              "cos", attributor("cos", DIMENSION, Similarity.COSINE)));

  private TestAttributors() {}

  /** The attributor of this id; throws as the cluster's registry does. */
  public static RegisteredAttributor require(String id) {
    RegisteredAttributor found = ALL.get(id);
    if (found == null) {
      throw AttributorRegistry.unknown(id, new TreeSet<>(ALL.keySet()));
    }
    return found;
  }

  /** Parameters of a field with all pins, as they stand in a finished mapping. */
  public static Map<String, Object> pinnedField(String id) {
    Map<String, Object> field = new TreeMap<>(PinnedAttributor.of(require(id)).toMapping());
    field.put("type", "gradient_vector");
    field.put("attributor", id);
    return field;
  }

  private static RegisteredAttributor attributor(String id, int dimension, Similarity similarity) {
    AttributorSpec spec =
        new AttributorSpec(
            "model",
            List.of(new Checkpoint("lora", 1)),
            List.of("adapter"),
            new TextTemplate("{{instruction}}", "{{output}}"),
            SpecialTokens.AUTO,
            512,
            Normalization.LAYER,
            new RapidGrad(dimension, 42),
            similarity,
            0);
    double scale = similarity == Similarity.COSINE ? 1 : SCORE_SCALE;
    return new RegisteredAttributor(id, spec, "fingerprint-of-" + id, scale);
  }
}
