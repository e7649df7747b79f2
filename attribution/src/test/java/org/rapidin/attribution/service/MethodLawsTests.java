package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.compression.Logra;
import org.rapidin.attribution.compression.RandomProjection;
import org.rapidin.attribution.compression.RapidGrad;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.sketch.GradientSketch;
import org.rapidin.attribution.sketch.RandomSketch;
import org.rapidin.attribution.sketch.StreamingSketch;

/** What holds for every method of compression, on real gradients of a tiny model. */
class MethodLawsTests extends AttributorTestCase {
  private static final TokenSelection ALL = new TokenSelection.All();

  static Stream<Compression> methods() {
    return Stream.of(new RapidGrad(256, 3), new Identity(0), new RandomProjection(100, 3));
  }

  /** The method's map of R^P, applied to one vector. */
  private static float[] mapped(Compression method, float[] gradient) {
    GradientSketch map =
        switch (method) {
          case RapidGrad(int dimension, long seed) -> new StreamingSketch(dimension, seed);
          case Identity identity -> new PlainConcatenation(gradient.length);
          case RandomProjection(int dimension, long seed) -> new RandomSketch(dimension, seed);
          case Logra logra -> throw new AssertionError("see LograLawsTests");
          case TrackStar trackStar -> throw new AssertionError("see TrackStarLawsTests");
          case LmHead head -> throw new AssertionError("see LmHeadLawsTests");
        };
    GradientSketch.Accumulator sum = map.accumulator();
    sum.add(MemorySegment.ofArray(gradient), 0, 1);
    return sum.finish();
  }

  /** Checkpoints are scaled by the roots of their weights, tensors by their norms. */
  @ParameterizedTest
  @MethodSource("methods")
  void aVectorIsTheMapOfTheWholeGradient(Compression method) throws Exception {
    for (AttributorSpec spec : List.of(spec(), twoCheckpoints(), unnormalized())) {
      try (Attributor attributor = open(spec.with(method));
          Attributor exact = open(spec.with(new Identity(0)))) {
        List<GradientResult> gradients = exact.documents(samples(5));
        List<GradientResult> vectors = attributor.documents(samples(5));
        for (int i = 0; i < vectors.size(); i++) {
          float[] wanted = mapped(method, vector(gradients.get(i)));
          assertArrayEquals(wanted, vector(vectors.get(i)), 1e-5f);
        }
      }
    }
  }

  private static AttributorSpec unnormalized() {
    return spec("normalization", "none", "score_scale", 1, "parameters", List.of("*"));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void batchingDoesNotChangeVectors(Compression method) throws Exception {
    List<Sample> samples = samples(20);
    try (Attributor attributor = open(twoCheckpoints().with(method))) {
      List<GradientResult> together = attributor.documents(samples);
      for (int i = 0; i < samples.size(); i++) {
        float[] alone = vector(attributor.documents(List.of(samples.get(i))).getFirst());
        assertArrayEquals(alone, vector(together.get(i)), 1e-5f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aQuerysVectorIsTheMeanOfItsTokens(Compression method) throws Exception {
    Sample sample = new Sample("Q", " is an answer");
    try (Attributor attributor = open(twoCheckpoints().with(method))) {
      QueryGradient query = attributor.query(sample, ALL, true);
      float[] mean = new float[query.vector().length];
      for (QueryGradient.Token token : query.tokens()) {
        for (int k = 0; k < mean.length; k++) {
          mean[k] += token.vector()[k] / query.tokens().size();
        }
      }
      assertArrayEquals(mean, query.vector(), 1e-5f);
      // The same text as a document is the same gradient.
      GradientResult document = attributor.documents(List.of(sample)).getFirst();
      assertArrayEquals(query.vector(), vector(document), 1e-5f);
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void cosineGivesDocumentsNormOne(Compression method) throws Exception {
    AttributorSpec spec = spec("similarity", "cosine").with(method);
    try (Attributor attributor = open(spec)) {
      for (GradientResult result : attributor.documents(samples(3))) {
        assertEquals(1, inner(vector(result), vector(result)), 1e-6);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void aGradientOfZerosHasNoVector(Compression method) throws Exception {
    try (Attributor attributor = open(spec("adapter", "dead").with(method))) {
      assertEquals(
          new GradientResult.Failure("the gradient is zero in every parameter"),
          attributor.documents(samples(1)).getFirst());
    }
  }
}
