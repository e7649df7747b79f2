package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.ArtefactReference;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.Modules;
import org.rapidin.attribution.fitted.ArtefactSource;
import org.rapidin.attribution.fitted.Covariance;
import org.rapidin.attribution.fitted.FactorCovariances;
import org.rapidin.attribution.fitted.FittedState;
import org.rapidin.attribution.fitted.PlainEigenvectors;
import org.rapidin.attribution.fitted.PrincipalComponents;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.weights.WeightCache;
import org.rapidin.gpu.GpuScanEngine;

/** Method logra with principal components, on real gradients of a tiny model. */
class PcaLawsTests extends AttributorTestCase {
  private static final ArtefactReference REFERENCE = new ArtefactReference("p", "digest");
  private static final TokenSelection ALL = new TokenSelection.All();

  private final AtomicInteger held = new AtomicInteger();

  static Stream<AttributorSpec> specs() {
    List<Map<String, Object>> checkpoints =
        List.of(Map.of("adapter", "one", "weight", 3.0), Map.of("adapter", "two", "weight", 0.5));
    return Stream.of(
        spec("adapter", "", "parameters", "linear"),
        spec("adapter", "", "checkpoints", checkpoints, "parameters", "linear"),
        spec("adapter", "", "parameters", "*.mlp.*", "normalization", "none", "score_scale", 1));
  }

  private static AttributorSpec random(AttributorSpec spec, int rank) {
    return spec.with(new Logra(rank, Modules.ALL, 5, 0));
  }

  private static AttributorSpec pca(AttributorSpec spec, int rank) {
    return spec.with(new Logra(rank, Modules.ALL, Optional.of(REFERENCE), 0, 0));
  }

  private PrincipalComponents fit(AttributorSpec spec, int rank, List<List<Sample>> batches)
      throws IOException {
    try (Attributor attributor = open(random(spec, rank))) {
      FactorCovariances sums = new FactorCovariances(attributor.layout());
      for (List<Sample> batch : batches) {
        assertEquals(
            new AddedDocuments(batch.size(), Optional.empty()), attributor.addFactors(batch, sums));
      }
      return sums.components("print", rank, layer -> {});
    }
  }

  private Attributor open(AttributorSpec spec, FittedState state) throws IOException {
    ArtefactSource source =
        reference -> {
          assertEquals(REFERENCE, reference);
          held.incrementAndGet();
          return new ArtefactSource.Held(state, held::decrementAndGet);
        };
    NodeParts node = new NodeParts(GpuScanEngine.withoutDevices(), source);
    return Attributor.open(spec, "print", directory(spec), TestRuntime.get(), node);
  }

  /** Projections to as many components as a side has are rotations. */
  @ParameterizedTest
  @MethodSource("specs")
  void influenceIsExactWithAllComponents(AttributorSpec spec) throws Exception {
    List<Sample> samples = samples(20);
    PrincipalComponents all = fit(spec, 1024, List.of(samples));
    Sample generation = new Sample("Q", " is an answer");
    try (Attributor exact = open(spec.with(new Identity(0)));
        Attributor attributor = open(pca(spec, 1024), all)) {
      assertEquals(0, held.get());
      QueryGradient wanted = exact.query(generation, ALL, true);
      QueryGradient query = attributor.query(generation, ALL, true);
      List<float[]> gradients = exact.documents(samples).stream().map(r -> vector(r)).toList();
      List<float[]> vectors = attributor.documents(samples).stream().map(r -> vector(r)).toList();
      for (int i = 0; i < samples.size(); i++) {
        float[] gradient = gradients.get(i);
        assertProduct(wanted.vector(), gradient, query.vector(), vectors.get(i));
        assertProduct(gradients.getFirst(), gradient, vectors.getFirst(), vectors.get(i));
        for (int t = 0; t < wanted.tokens().size(); t++) {
          float[] token = wanted.tokens().get(t).vector();
          assertProduct(token, gradient, query.tokens().get(t).vector(), vectors.get(i));
        }
      }
    }
  }

  private static void assertProduct(float[] u, float[] v, float[] projectedU, float[] projectedV) {
    double norms = Math.sqrt(inner(u, u) * inner(v, v));
    assertEquals(inner(u, v), inner(projectedU, projectedV), 1e-5 * norms);
  }

  /** Covariances of both sides, [layer][side], added up token by token. */
  private double[][][][] plainCovariances(AttributorSpec spec, List<Sample> samples)
      throws Exception {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (ModelInstance model =
        ModelInstance.open(
            spec, directory(spec), "digest", TestRuntime.get(), cache, NodeParts.none())) {
      double[][][][] sums = new double[model.parameters().size()][2][][];
      for (Sample sample : samples) {
        WeightedSequence text =
            SelectedTokens.meanLoss(model.encode(sample, spec.maxTokens(), () -> false));
        for (ModelInstance.WeightedComputer checkpoint : model.checkpoints()) {
          checkpoint
              .computer()
              .compute(List.of(text), each -> add(each, checkpoint.weight(), sums));
        }
      }
      return sums;
    }
  }

  private static void add(TensorGradient gradient, double weight, double[][][][] sums) {
    TensorGradient.Outer outer = (TensorGradient.Outer) gradient;
    float[] delta = outer.delta().toFloatArray();
    float[] input = outer.input().toFloatArray();
    int tokens = Math.toIntExact(outer.delta().getShape().get(1));
    int outputs = delta.length / tokens;
    int inputs = input.length / tokens;
    double[][][] both = sums[outer.parameter()];
    both[0] = both[0] == null ? new double[outputs][outputs] : both[0];
    both[1] = both[1] == null ? new double[inputs][inputs] : both[1];
    for (int t = 0; t < tokens; t++) {
      float[] d = Arrays.copyOfRange(delta, t * outputs, (t + 1) * outputs);
      if (inner(d, d) > 0) {
        addOuter(d, weight, both[0]);
        addOuter(Arrays.copyOfRange(input, t * inputs, (t + 1) * inputs), weight, both[1]);
      }
    }
  }

  private static void addOuter(float[] vector, double weight, double[][] sum) {
    for (int i = 0; i < vector.length; i++) {
      for (int j = 0; j < vector.length; j++) {
        sum[i][j] += weight * vector[i] * vector[j];
      }
    }
  }

  private static double[][] projection(float[][] components) {
    double[][] numbers = new double[components.length][components[0].length];
    for (int k = 0; k < numbers.length; k++) {
      for (int i = 0; i < numbers[k].length; i++) {
        numbers[k][i] = components[k][i];
      }
    }
    return PlainEigenvectors.projection(numbers);
  }

  @ParameterizedTest
  @MethodSource("specs")
  void componentsAreThoseOfThePlainCovariances(AttributorSpec spec) throws Exception {
    List<Sample> samples = samples(12);
    int rank = 3;
    PrincipalComponents fitted = fit(spec, rank, List.of(samples));
    double[][][][] plain = plainCovariances(random(spec, rank), samples);
    int compared = 0;
    List<PrincipalComponents.Layer> layers;
    try (Attributor attributor = open(random(spec, rank))) {
      layers = fitted.of(attributor.layout(), rank);
    }
    for (int layer = 0; layer < layers.size(); layer++) {
      float[][][] sides = {layers.get(layer).outputs(), layers.get(layer).inputs()};
      for (int side = 0; side < 2; side++) {
        PlainEigenvectors wanted = PlainEigenvectors.of(plain[layer][side]);
        double[][] got = projection(sides[side]);
        assertEquals(
            sum(wanted.values(), rank), trace(got, plain[layer][side]), 1e-5 * wanted.values()[0]);
        if (wanted.values()[rank] < 0.9 * wanted.values()[rank - 1]) {
          compared++;
          double[][] space = PlainEigenvectors.projection(Arrays.copyOf(wanted.vectors(), rank));
          for (int i = 0; i < got.length; i++) {
            assertArrayEquals(space[i], got[i], 1e-4);
          }
        }
      }
    }
    assertTrue(compared > layers.size(), "spaces that are determined: " + compared);
  }

  private static double sum(double[] values, int count) {
    return Arrays.stream(values, 0, count).sum();
  }

  /** What a projection keeps of a covariance. */
  private static double trace(double[][] projection, double[][] covariance) {
    double sum = 0;
    for (int i = 0; i < projection.length; i++) {
      for (int j = 0; j < projection.length; j++) {
        sum += projection[i][j] * covariance[j][i];
      }
    }
    return sum;
  }

  /** Texts of other lengths in a batch, and padding, have no part in a covariance. */
  @Test
  void batchesDoNotChangeTheSpaces() throws Exception {
    AttributorSpec spec = specs().toList().get(1);
    List<Sample> samples = samples(12);
    PrincipalComponents together = fit(spec, 1, List.of(samples));
    PrincipalComponents alone = fit(spec, 1, samples.stream().map(List::of).toList());
    try (Attributor attributor = open(random(spec, 1))) {
      List<PrincipalComponents.Layer> layers = together.of(attributor.layout(), 1);
      for (int layer = 0; layer < layers.size(); layer++) {
        PrincipalComponents.Layer other = alone.of(attributor.layout(), 1).get(layer);
        assertSame(projection(other.outputs()), projection(layers.get(layer).outputs()));
        assertSame(projection(other.inputs()), projection(layers.get(layer).inputs()));
      }
    }
  }

  private static void assertSame(double[][] wanted, double[][] got) {
    for (int i = 0; i < wanted.length; i++) {
      assertArrayEquals(wanted[i], got[i], 1e-4);
    }
  }

  @Test
  void theSameSampleGivesTheSameBytes() throws Exception {
    AttributorSpec spec = specs().findFirst().orElseThrow();
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    ByteArrayOutputStream second = new ByteArrayOutputStream();
    fit(spec, 4, List.of(samples(12))).write(new DataOutputStream(first));
    fit(spec, 4, List.of(samples(12))).write(new DataOutputStream(second));
    assertArrayEquals(first.toByteArray(), second.toByteArray());
  }

  @Test
  void documentsThatCannotBeTokenizedAreLeftOut() throws Exception {
    try (Attributor attributor = open(random(specs().findFirst().orElseThrow(), 2))) {
      FactorCovariances sums = new FactorCovariances(attributor.layout());
      AddedDocuments added =
          attributor.addFactors(List.of(new Sample("Q", ""), new Sample("Q", " a")), sums);
      assertEquals(1, added.count());
      assertTrue(added.failure().isPresent());
    }
  }

  @Test
  void anArtefactOfAnotherRankLayersOrTypeIsRefusedAndNothingIsKept() throws Exception {
    AttributorSpec spec = specs().findFirst().orElseThrow();
    PrincipalComponents three = fit(spec, 3, List.of(samples(12)));
    open(pca(spec, 2), three).close();
    assertRefused(
        "artefact [p] has 3 components of each side, rank 4 needs more", pca(spec, 4), three);
    PrincipalComponents mlp = fit(specs().toList().getLast(), 3, List.of(samples(12)));
    assertRefused(
        "artefact [p] has no components of [model.layers.0.self_attn.", pca(spec, 3), mlp);
    Covariance covariance = new Covariance(List.of());
    covariance.add(List.of(new float[0]), 1);
    assertRefused(
        "artefact [p] does not have principal components",
        pca(spec, 3),
        covariance.inverse("print", 1, part -> {}));
    assertEquals(0, held.get());
  }

  private void assertRefused(String sentence, AttributorSpec spec, FittedState state) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> open(spec, state)).getMessage();
    assertTrue(message.contains(sentence), message);
  }
}
