package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.compressor.PlainLogra;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.weights.WeightCache;

/** Method logra on real gradients of a tiny model: it gives what the whole gradient gives. */
class LograLawsTests extends AttributorTestCase {
  private static final Logra LOGRA = new Logra(3, Modules.ALL, 5, 0);
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

  /** Modules, and an expression for the weights that are theirs. */
  static Stream<Arguments> modules() {
    return Stream.of(
        Arguments.of(Modules.ALL, ".*"),
        Arguments.of(Modules.MLP, ".*(gate|up|down)_proj\\.weight"),
        Arguments.of(
            new Modules(List.of("model.layers.1.mlp.up_proj", "*.v_proj")),
            "model\\.layers\\.(1\\.mlp\\.up_proj|\\d\\.self_attn\\.v_proj)\\.weight"),
        Arguments.of( // the pass ends above layer 0
            new Modules(List.of("model.layers.1.mlp.down_proj")),
            "model\\.layers\\.1\\.mlp\\.down_proj\\.weight"));
  }

  /** The numbers of a vector of all modules that belong to some weights. */
  private static float[] part(GradientLayout layout, String weights, float[] all) {
    FloatBuffer part = FloatBuffer.allocate(all.length);
    int from = 0;
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      for (Tensor tensor : layout.tensors()) {
        int numbers =
            tensor.shape().stream()
                .mapToInt(n -> (int) Math.min(n, LOGRA.rank()))
                .reduce(1, (a, b) -> a * b);
        if (tensor.name().matches(weights)) {
          part.put(all, from, numbers);
        }
        from += numbers;
      }
    }
    return Arrays.copyOf(part.array(), part.position());
  }

  @ParameterizedTest
  @MethodSource("modules")
  void aVectorOfSomeModulesIsThatPartOfAVectorOfAll(Modules modules, String weights)
      throws Exception {
    Sample generation = new Sample("Q", " is an answer");
    for (AttributorSpec spec : specs().limit(2).toList()) {
      GradientLayout layout = ModelCheck.gradients(directory(spec), spec);
      Logra some = new Logra(LOGRA.rank(), modules, LOGRA.seed(), 0);
      try (Attributor exact = open(spec.with(new Identity(0)));
          Attributor attributor = open(spec.with(some))) {
        long taken =
            layout.tensors().stream().filter(tensor -> tensor.name().matches(weights)).count();
        assertEquals(taken, attributor.tensors());
        List<GradientResult> gradients = exact.documents(samples(5));
        List<GradientResult> got = attributor.documents(samples(5));
        for (int i = 0; i < got.size(); i++) {
          float[] all = projected(spec, vector(gradients.get(i)));
          assertArrayEquals(part(layout, weights, all), vector(got.get(i)), 1e-4f);
        }
        float[] all = projected(spec, exact.query(generation, ALL, true).vector());
        QueryGradient query = attributor.query(generation, ALL, true);
        assertArrayEquals(part(layout, weights, all), query.vector(), 1e-4f);
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
    List<Sample> samples = samples(1);
    double exact;
    try (Attributor attributor = open(spec.with(new Identity(0)))) {
      float[] gradient = vector(attributor.documents(samples).getFirst());
      exact = inner(gradient, gradient);
    }
    int seeds = 60;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      try (Attributor attributor = open(spec.with(new Logra(8, Modules.ALL, seed, 0)))) {
        float[] vector = vector(attributor.documents(samples).getFirst());
        double product = inner(vector, vector);
        sum += product;
        squares += product * product;
      }
    }
    double mean = sum / seeds;
    double error = Math.sqrt((squares / seeds - mean * mean) / seeds);
    assertTrue(error < 0.1 * exact, "the test is too weak: " + error + " of " + exact);
    assertEquals(exact, mean, 4 * error);
  }

  /** What the projections take is reserved with the model, and returned with it. */
  @Test
  void projectionsAreReservedAndAnAttributorThatDoesNotOpenLeavesNothing() throws Exception {
    AttributorSpec spec = spec("parameters", "linear");
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    long exact = reservedWhileOpen(cache, spec.with(new Identity(0)));
    long closed = cache.budget().usage().reservedBytes();
    long projected = reservedWhileOpen(cache, spec.with(LOGRA));
    GradientLayout layout = ModelCheck.gradients(directory(spec), spec);
    assertEquals(LOGRA.residentBytes(layout), projected - exact);
    Logra mlp = new Logra(LOGRA.rank(), Modules.MLP, LOGRA.seed(), 0);
    long numbers =
        layout.tensors().stream()
            .filter(tensor -> tensor.name().contains(".mlp."))
            .flatMap(tensor -> tensor.shape().stream())
            .mapToLong(width -> Math.min(LOGRA.rank(), width) * width)
            .sum();
    assertEquals(numbers * Float.BYTES, reservedWhileOpen(cache, spec.with(mlp)) - exact);
    AttributorSpec wrong = spec.with(new Logra(3, Modules.ALL, 5, 1));
    assertThrows(IllegalArgumentException.class, () -> reservedWhileOpen(cache, wrong));
    assertEquals(closed, cache.budget().usage().reservedBytes());
  }

  private long reservedWhileOpen(WeightCache cache, AttributorSpec spec) throws Exception {
    try (Attributor attributor = open(spec, cache)) {
      attributor.documents(samples(1));
      return cache.budget().usage().reservedBytes();
    }
  }
}
