package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.StreamingSketch;

/**
 * Method lm_head on a tiny model whose vocabulary is not sketched. Its oracle is the gradient G of
 * the head's weight W that another method computes: the second tensor is Wᵀ·G.
 */
class LmHeadLawsTests extends AttributorTestCase {
  private static final LmHead METHOD = new LmHead(1024, 5);
  private static final TokenSelection ALL = new TokenSelection.All();
  private static final int VOCABULARY = 258;
  private static final int WIDTH = 16;

  static Stream<AttributorSpec> specs() {
    return Stream.of(
        spec(),
        twoCheckpoints(),
        spec("adapter", ""),
        spec("normalization", "none", "score_scale", 1, "parameters", List.of("*norm*")));
  }

  /** The gradient of the head's weight alone, exact. */
  private static AttributorSpec exact(AttributorSpec spec) {
    return new AttributorSpec(
        spec.model(),
        spec.checkpoints(),
        List.of("lm_head.weight"),
        spec.template(),
        spec.specialTokens(),
        spec.maxTokens(),
        Normalization.NONE,
        new Identity(0),
        spec.similarity(),
        1);
  }

  private float[] weight() throws Exception {
    float[] weight = new float[VOCABULARY * WIDTH];
    try (TensorSource files = directory(spec()).openWeights()) {
      files.readFloats("lm_head.weight", 0, MemorySegment.ofArray(weight));
    }
    return weight;
  }

  /** Σ_v W[v, j]·G[v, i]. */
  private static double[] backwards(float[] weight, double[] gradient) {
    double[] product = new double[WIDTH * WIDTH];
    for (int v = 0; v < VOCABULARY; v++) {
      for (int j = 0; j < WIDTH; j++) {
        for (int i = 0; i < WIDTH; i++) {
          product[j * WIDTH + i] += weight[v * WIDTH + j] * gradient[v * WIDTH + i];
        }
      }
    }
    return product;
  }

  private static double norm(double[] numbers) {
    return Math.sqrt(Arrays.stream(numbers).map(x -> x * x).sum());
  }

  /**
   * Both tensors of all checkpoints, as an attributor scales them.
   *
   * @param gradient of the head's weight at all checkpoints, times the roots of their weights
   */
  private double[] tensors(AttributorSpec spec, float[] gradient) throws Exception {
    float[] weight = weight();
    double[] all = new double[gradient.length / VOCABULARY * (VOCABULARY + WIDTH)];
    int to = 0;
    for (int c = 0; c < gradient.length / weight.length; c++) {
      double[] first = new double[weight.length];
      for (int i = 0; i < first.length; i++) {
        first[i] = gradient[c * first.length + i];
      }
      double scale = spec.checkpoints().isEmpty() ? 1 : spec.checkpoints().get(c).weight();
      for (double[] tensor : List.of(first, backwards(weight, first))) {
        boolean layer = spec.normalization() == Normalization.LAYER;
        double factor = layer ? Math.sqrt(scale) / norm(tensor) : 1;
        for (double number : tensor) {
          all[to++] = factor * number;
        }
      }
    }
    return all;
  }

  private static float[] sketched(LmHead method, double[] numbers) {
    float[] rounded = new float[numbers.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) numbers[i];
    }
    GradientSketch.Accumulator sum =
        new StreamingSketch(method.dimension(), method.seed()).accumulator();
    sum.add(MemorySegment.ofArray(rounded), 0, 1);
    return sum.finish();
  }

  @ParameterizedTest
  @MethodSource("specs")
  void documentsAndGenerationsAreSketchesOfBothTensors(AttributorSpec spec) throws Exception {
    Sample generation = new Sample("Q", " is an answer");
    try (Attributor exact = open(exact(spec));
        Attributor attributor = open(spec.with(METHOD))) {
      assertEquals(2, attributor.tensors());
      List<GradientResult> gradients = exact.documents(samples(20));
      List<GradientResult> got = attributor.documents(samples(20));
      for (int i = 0; i < got.size(); i++) {
        float[] wanted = sketched(METHOD, tensors(spec, vector(gradients.get(i))));
        assertArrayEquals(wanted, vector(got.get(i)), 2e-5f);
      }
      QueryGradient wanted = exact.query(generation, ALL, false);
      QueryGradient query = attributor.query(generation, ALL, true);
      assertArrayEquals(sketched(METHOD, tensors(spec, wanted.vector())), query.vector(), 2e-5f);
      float[] mean = new float[METHOD.dimension()];
      for (QueryGradient.Token token : query.tokens()) {
        for (int k = 0; k < mean.length; k++) {
          mean[k] += token.vector()[k] / query.tokens().size();
        }
      }
      assertArrayEquals(mean, query.vector(), 1e-5f);
    }
  }

  @ParameterizedTest
  @MethodSource("specs")
  void batchingDoesNotChangeVectors(AttributorSpec spec) throws Exception {
    List<Sample> samples = samples(20);
    try (Attributor attributor = open(spec.with(METHOD))) {
      List<GradientResult> together = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(together.get(i)), 1e-5f);
      }
    }
  }

  @Test
  void parametersHaveNoPartInAVector() throws Exception {
    float[] wanted;
    try (Attributor attributor = open(spec().with(METHOD))) {
      wanted = vector(attributor.documents(samples(1)).getFirst());
    }
    for (Object parameters : List.of("linear", List.of("*embed*", "*norm*"), "lm_head.weight")) {
      try (Attributor attributor = open(spec("parameters", parameters).with(METHOD))) {
        assertArrayEquals(wanted, vector(attributor.documents(samples(1)).getFirst()), 0f);
      }
    }
  }

  /** An adapter whose matrices have no gradient still has a head; so it is the base model here. */
  @Test
  void adaptersHaveAPartThroughTheHeadsInput() throws Exception {
    float[] base;
    try (Attributor attributor = open(spec("adapter", "").with(METHOD))) {
      base = vector(attributor.documents(samples(1)).getFirst());
    }
    try (Attributor dead = open(spec("adapter", "dead").with(METHOD));
        Attributor one = open(spec().with(METHOD))) {
      assertArrayEquals(base, vector(dead.documents(samples(1)).getFirst()), 1e-6f);
      float[] adapted = vector(one.documents(samples(1)).getFirst());
      assertTrue(inner(base, adapted) < 0.999 * inner(base, base));
    }
  }

  @Test
  void cosineGivesDocumentsNormOne() throws Exception {
    try (Attributor attributor = open(spec("similarity", "cosine").with(METHOD))) {
      for (GradientResult result : attributor.documents(samples(3))) {
        assertEquals(1, inner(vector(result), vector(result)), 1e-6);
      }
    }
  }

  @Test
  void innerProductsAreThoseOfBothTensorsInTheMeanOverSeeds() throws Exception {
    List<Sample> samples = samples(2);
    double exact;
    try (Attributor attributor = open(exact(spec()))) {
      List<GradientResult> gradients = attributor.documents(samples);
      double[] u = tensors(spec(), vector(gradients.get(0)));
      double[] v = tensors(spec(), vector(gradients.get(1)));
      exact = 0;
      for (int i = 0; i < u.length; i++) {
        exact += u[i] * v[i];
      }
    }
    int seeds = 100;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      try (Attributor attributor = open(spec().with(new LmHead(256, seed)))) {
        List<GradientResult> vectors = attributor.documents(samples);
        double error = inner(vector(vectors.get(0)), vector(vectors.get(1))) - exact;
        sum += error;
        squares += error * error;
      }
    }
    // Norms are √2; see StreamingSketch.
    double variance = (4 + exact * exact) / 256;
    assertEquals(0, sum / seeds, 4 * Math.sqrt(variance / seeds));
    assertTrue(squares / seeds < 1.5 * variance, squares / seeds + " of " + variance);
  }

  @Test
  void passesReserveLessThanThoseOfLayers() throws Exception {
    AttributorSpec linear = spec("adapter", "", "parameters", "linear");
    long layers = peak(linear.with(new RapidGrad(256, 1)));
    assertTrue(peak(linear.with(METHOD)) < layers);
  }

  private long peak(AttributorSpec spec) throws Exception {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor attributor =
        Attributor.open(
            spec, "print", directory(spec), "digest", TestRuntime.get(), cache, NodeParts.none())) {
      attributor.documents(List.of(new Sample("Q", "a".repeat(200))));
      return cache.budget().usage().peakBytes();
    }
  }

  @Test
  void adaptersOfDifferentKindsMayBeCheckpoints() throws Exception {
    List<?> checkpoints = List.of(Map.of("adapter", "one"), Map.of("adapter", "narrow"));
    AttributorSpec spec = spec("adapter", "", "checkpoints", checkpoints).with(METHOD);
    try (Attributor attributor = open(spec)) {
      assertEquals(1024, vector(attributor.documents(samples(1)).getFirst()).length);
    }
  }
}
