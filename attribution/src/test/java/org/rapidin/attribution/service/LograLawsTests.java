package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compressor.PlainLogra;
import org.rapidin.attribution.model.ModelCheck;

/** Method logra on real gradients of a tiny model: it gives what the whole gradient gives. */
class LograLawsTests extends AttributorTestCase {
  private static final Logra LOGRA = new Logra(3, 5, 0);
  private static final TokenSelection ALL = new TokenSelection.All();

  static Stream<AttributorSpec> specs() {
    List<Map<String, Object>> checkpoints =
        List.of(Map.of("adapter", "one", "weight", 3.0), Map.of("adapter", "two", "weight", 0.5));
    return Stream.of(
        spec("adapter", "", "parameters", "linear"),
        spec("adapter", "", "checkpoints", checkpoints, "parameters", "linear"),
        spec("adapter", "", "parameters", "*.mlp.*", "normalization", "none", "score_scale", 1));
  }

  private float[] projected(AttributorSpec spec, float[] gradient) throws Exception {
    GradientLayout layout = ModelCheck.gradients(directory(spec), spec);
    double[] numbers = new double[gradient.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = gradient[i];
    }
    double[] vector = PlainLogra.of(layout, LOGRA.rank(), LOGRA.seed(), numbers);
    float[] rounded = new float[vector.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) vector[i];
    }
    return rounded;
  }

  @ParameterizedTest
  @MethodSource("specs")
  void documentsAndGenerationsAreProjectionsOfTheirWholeGradients(AttributorSpec spec)
      throws Exception {
    Sample generation = new Sample("Q", " is an answer");
    try (Attributor exact = open(spec.with(new Identity(0)));
        Attributor attributor = open(spec.with(LOGRA))) {
      List<GradientResult> gradients = exact.documents(samples(20));
      List<GradientResult> got = attributor.documents(samples(20));
      for (int i = 0; i < got.size(); i++) {
        assertArrayEquals(projected(spec, vector(gradients.get(i))), vector(got.get(i)), 1e-4f);
      }
      QueryGradient wanted = exact.query(generation, ALL, true);
      QueryGradient query = attributor.query(generation, ALL, true);
      assertArrayEquals(projected(spec, wanted.vector()), query.vector(), 1e-4f);
      for (int t = 0; t < wanted.tokens().size(); t++) {
        float[] token = wanted.tokens().get(t).vector();
        assertArrayEquals(projected(spec, token), query.tokens().get(t).vector(), 1e-3f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void batchingDoesNotChangeVectors(AttributorSpec spec) throws Exception {
    List<Sample> samples = samples(20);
    try (Attributor attributor = open(spec.with(LOGRA))) {
      List<GradientResult> together = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(together.get(i)), 1e-5f);
      }
    }
  }

  @Test
  void cosineGivesDocumentsNormOne() throws Exception {
    AttributorSpec spec = spec("adapter", "", "parameters", "linear", "similarity", "cosine");
    try (Attributor attributor = open(spec.with(LOGRA))) {
      for (GradientResult result : attributor.documents(samples(3))) {
        assertEquals(1, inner(vector(result), vector(result)), 1e-6);
      }
    }
  }

  @Test
  void innerProductsAreThoseOfTheGradientsInTheMeanOverSeeds() throws Exception {
    AttributorSpec spec = spec("adapter", "", "parameters", "linear");
    List<Sample> samples = new ArrayList<>(samples(2));
    double exact;
    try (Attributor attributor = open(spec.with(new Identity(0)))) {
      List<GradientResult> gradients = attributor.documents(samples);
      exact = inner(vector(gradients.get(0)), vector(gradients.get(1)));
    }
    int seeds = 60;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      try (Attributor attributor = open(spec.with(new Logra(8, seed, 0)))) {
        List<GradientResult> vectors = attributor.documents(samples);
        double product = inner(vector(vectors.get(0)), vector(vectors.get(1)));
        sum += product;
        squares += product * product;
      }
    }
    double mean = sum / seeds;
    double error = Math.sqrt((squares / seeds - mean * mean) / seeds);
    assertEquals(exact, mean, 4 * error);
  }
}
