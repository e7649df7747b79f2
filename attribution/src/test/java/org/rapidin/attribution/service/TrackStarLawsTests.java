package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.Fingerprint;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.compressor.PlainTrackStar;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.MomentsFile;
import org.rapidin.attribution.model.file.MomentsFile.Moments;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.attribution.model.weights.WeightCache;

/** Method trackstar on real gradients of a tiny model: it gives what the whole gradient gives. */
class TrackStarLawsTests extends AttributorTestCase {
  private static final Identity EXACT = new Identity(0);
  private static final TokenSelection ALL = new TokenSelection.All();
  private static final Sample GENERATION = new Sample("Q", " is an answer");

  /** What the file holds by tensor name: r and c of Adafactor, or a number each. */
  private final Map<String, double[][]> factored = new HashMap<>();

  private final Map<String, double[]> dense = new HashMap<>();

  /** Layer 0 as Adam keeps them, layer 1 as Adafactor; gradients of these models are about 0.1. */
  @BeforeEach
  void writeMoments() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    Map<String, Moments> tensors = new LinkedHashMap<>();
    for (Tensor tensor : layout(spec(EXACT, List.of())).tensors()) {
      String name = tensor.name();
      int out = tensor.shape().get(0).intValue();
      int in = tensor.shape().get(1).intValue();
      if (name.contains("layers.0.")) {
        float[] numbers = moments(random, out * in);
        dense.put(name, doubles(numbers));
        tensors.put(name, new Moments(tensor.shape(), numbers));
      } else {
        float[] rows = moments(random, out);
        float[] columns = moments(random, in);
        factored.put(name, new double[][] {doubles(rows), doubles(columns)});
        tensors.put(name + ".exp_avg_sq_row", new Moments(List.of((long) out), rows));
        tensors.put(name + ".exp_avg_sq_col", new Moments(List.of((long) in), columns));
      }
    }
    MomentsFile.write(root.resolve(TinyModelDirectory.MODEL), tensors);
  }

  private static float[] moments(SplittableRandom random, int count) {
    float[] moments = new float[count];
    for (int i = 0; i < count; i++) {
      moments[i] = (float) Math.exp(random.nextDouble(-8, 2));
    }
    return moments;
  }

  private static double[] doubles(float[] numbers) {
    double[] doubles = new double[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      doubles[i] = numbers[i];
    }
    return doubles;
  }

  private static TrackStar method(int dimension, boolean secondMoment, boolean unitNorm) {
    return new TrackStar(dimension, secondMoment, unitNorm, 5);
  }

  private static AttributorSpec spec(Compression compression, List<?> checkpoints) {
    AttributorSpec spec =
        spec(
            "adapter",
            "",
            "checkpoints",
            checkpoints.isEmpty() ? "" : checkpoints,
            "parameters",
            "linear",
            "normalization",
            "none",
            "score_scale",
            1);
    return spec.with(compression);
  }

  private static List<?> checkpoints(int count) {
    return List.of(Map.of("adapter", "one", "weight", 3.0), Map.of("adapter", "two", "weight", 0.5))
        .subList(0, count);
  }

  private GradientLayout layout(AttributorSpec spec) throws Exception {
    return ModelCheck.gradients(directory(spec), spec);
  }

  /** V of each of the P numbers, from the definitions of both optimizers. */
  private double[] divisors(GradientLayout layout) {
    double[] divisors = new double[Math.toIntExact(layout.length())];
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      for (int t = 0; t < layout.tensors().size(); t++) {
        Tensor tensor = layout.tensors().get(t);
        int from = Math.toIntExact(layout.position(checkpoint, t));
        int in = tensor.shape().get(1).intValue();
        for (int i = 0; i < tensor.size(); i++) {
          divisors[from + i] = divisor(tensor.name(), i, in);
        }
      }
    }
    return divisors;
  }

  private double divisor(String name, int i, int in) {
    if (dense.containsKey(name)) {
      return Math.sqrt(dense.get(name)[i]) + 1e-8;
    }
    double[] rows = factored.get(name)[0];
    double mean = 0;
    for (double row : rows) {
      mean += row / rows.length;
    }
    return Math.sqrt(rows[i / in] * factored.get(name)[1][i % in] / mean);
  }

  private double[] corrected(GradientLayout layout, TrackStar method, float[] gradient) {
    double[] numbers = doubles(gradient);
    if (method.secondMoment()) {
      double[] divisors = divisors(layout);
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] /= divisors[i];
      }
    }
    return numbers;
  }

  private double[] projected(GradientLayout layout, TrackStar method, float[] gradient) {
    return PlainTrackStar.of(
        layout, method.dimension(), method.seed(), corrected(layout, method, gradient));
  }

  private static double norm(double[] numbers) {
    double sum = 0;
    for (double number : numbers) {
      sum += number * number;
    }
    return Math.sqrt(sum);
  }

  private static void assertClose(double[] wanted, double divisor, float[] got) {
    assertEquals(wanted.length, got.length);
    double tolerance = 1e-4 * norm(wanted) / divisor;
    for (int i = 0; i < got.length; i++) {
      assertEquals(wanted[i] / divisor, got[i], tolerance);
    }
  }

  /** With K of 3840, all numbers of a checkpoint, gradients are divided and not projected. */
  @ParameterizedTest
  @CsvSource({
    "500,false,false,0", "500,true,false,0", "500,true,true,2", "301,false,true,2",
    "3840,false,false,0", "3840,true,false,0", "7680,true,true,2", "14,true,false,0"
  })
  void vectorsAreProjectionsOfWholeGradientsDividedByTheirMoments(
      int dimension, boolean secondMoment, boolean unitNorm, int checkpoints) throws Exception {
    TrackStar method = method(dimension, secondMoment, unitNorm);
    AttributorSpec exactly = spec(EXACT, checkpoints(checkpoints));
    GradientLayout layout = layout(exactly);
    assertEquals(3840L * Math.max(1, checkpoints), layout.length());
    try (Attributor exact = open(exactly);
        Attributor attributor = open(spec(method, checkpoints(checkpoints)))) {
      List<GradientResult> gradients = exact.documents(samples(12));
      List<GradientResult> got = attributor.documents(samples(12));
      for (int i = 0; i < got.size(); i++) {
        double[] wanted = projected(layout, method, vector(gradients.get(i)));
        assertClose(wanted, unitNorm ? norm(wanted) : 1, vector(got.get(i)));
      }
      QueryGradient gradient = exact.query(GENERATION, ALL, true);
      QueryGradient query = attributor.query(GENERATION, ALL, true);
      double[] wanted = projected(layout, method, gradient.vector());
      double divisor = unitNorm ? norm(wanted) : 1;
      assertClose(wanted, divisor, query.vector());
      for (int t = 0; t < query.tokens().size(); t++) {
        float[] token = gradient.tokens().get(t).vector();
        assertClose(projected(layout, method, token), divisor, query.tokens().get(t).vector());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aVectorIsTheMeanOfItsTokensAndOfNormOne(boolean unitNorm) throws Exception {
    TrackStar method = method(700, true, unitNorm);
    try (Attributor attributor = open(spec(method, checkpoints(2)))) {
      QueryGradient query = attributor.query(GENERATION, ALL, true);
      float[] mean = new float[700];
      for (QueryGradient.Token token : query.tokens()) {
        for (int k = 0; k < mean.length; k++) {
          mean[k] += token.vector()[k] / query.tokens().size();
        }
      }
      double norm = Math.sqrt(inner(query.vector(), query.vector()));
      for (int k = 0; k < mean.length; k++) {
        assertEquals(mean[k], query.vector()[k], 1e-5 * norm);
      }
      float[] document = vector(attributor.documents(List.of(GENERATION)).getFirst());
      for (int k = 0; k < mean.length; k++) {
        assertEquals(document[k], query.vector()[k], 1e-5 * norm);
      }
      if (unitNorm) {
        assertEquals(1, norm, 1e-6);
        assertEquals(1, inner(document, document), 1e-6);
      } else {
        assertTrue(Math.abs(norm - 1) > 0.1, "the test is too weak: " + norm);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void batchingDoesNotChangeVectors(boolean secondMoment) throws Exception {
    List<Sample> samples = samples(20);
    try (Attributor attributor = open(spec(method(500, secondMoment, true), checkpoints(2)))) {
      List<GradientResult> together = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(together.get(i)), 1e-6f);
      }
    }
  }

  /** Of two different texts, so that the mean is not that of a norm. */
  @Test
  void innerProductsAreThoseOfTheDividedGradientsInTheMeanOverSeeds() throws Exception {
    List<Sample> samples = List.of(new Sample("", "this is it"), new Sample("", "this was it"));
    AttributorSpec exactly = spec(EXACT, List.of());
    double exact = 0;
    try (Attributor attributor = open(exactly)) {
      List<GradientResult> gradients = attributor.documents(samples);
      TrackStar method = method(500, true, false);
      double[] u = corrected(layout(exactly), method, vector(gradients.get(0)));
      double[] v = corrected(layout(exactly), method, vector(gradients.get(1)));
      for (int i = 0; i < u.length; i++) {
        exact += u[i] * v[i];
      }
    }
    int seeds = 80;
    double sum = 0;
    double squares = 0;
    for (int seed = 0; seed < seeds; seed++) {
      try (Attributor attributor = open(spec(new TrackStar(500, true, false, seed), List.of()))) {
        List<GradientResult> vectors = attributor.documents(samples);
        double product = inner(vector(vectors.get(0)), vector(vectors.get(1)));
        sum += product;
        squares += product * product;
      }
    }
    double mean = sum / seeds;
    double error = Math.sqrt((squares / seeds - mean * mean) / seeds);
    assertTrue(error < 0.1 * exact, "the test is too weak: " + error + " of " + exact);
    assertEquals(exact, mean, 4 * error);
  }

  /** Gradients that are multiplied out and divided take more memory than factors. */
  @Test
  void passesReserveWhatDivisionTakes() throws Exception {
    AttributorSpec with = spec(method(500, true, true), List.of());
    AttributorSpec without = spec(method(500, false, true), List.of());
    assertEquals(
        with.compression().passBytes(layout(with)),
        reservedInAPass(with) - reservedInAPass(without));
    assertTrue(with.compression().passBytes(layout(with)) > 16 << 20);
  }

  private long reservedInAPass(AttributorSpec spec) throws Exception {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    AtomicLong reserved = new AtomicLong();
    try (Attributor attributor = open(spec, cache)) {
      attributor.documents(
          samples(3),
          () -> {
            reserved.accumulateAndGet(cache.budget().usage().reservedBytes(), Math::max);
            return false;
          });
    }
    return reserved.get();
  }

  @Test
  void theFileIsPartOfTheFingerprintWhereItIsUsed() throws Exception {
    FileDigests digests = new FileDigests();
    AttributorSpec with = spec(method(500, true, true), List.of());
    AttributorSpec without = spec(method(500, false, true), List.of());
    String before = Fingerprint.of(with, ModelCheck.digests(directory(with), digests, with));
    String other = Fingerprint.of(without, ModelCheck.digests(directory(with), digests, without));
    MomentsFile.write(
        root.resolve(TinyModelDirectory.MODEL),
        Map.of("other", new Moments(List.of(1L), new float[] {1})));
    assertNotEquals(
        before, Fingerprint.of(with, ModelCheck.digests(directory(with), digests, with)));
    assertEquals(
        other, Fingerprint.of(without, ModelCheck.digests(directory(with), digests, without)));
  }
}
