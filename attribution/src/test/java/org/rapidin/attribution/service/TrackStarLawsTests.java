package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.TrackStar;
import org.rapidin.attribution.compressor.PlainTrackStar;

/** Method trackstar on real gradients of a tiny model: it gives what the whole gradient gives. */
class TrackStarLawsTests extends TrackStarTestCase {
  private static final TokenSelection ALL = new TokenSelection.All();
  private static final Sample GENERATION = new Sample("Q", " is an answer");

  private static List<?> checkpoints(int count) {
    return List.of(Map.of("adapter", "one", "weight", 3.0), Map.of("adapter", "two", "weight", 0.5))
        .subList(0, count);
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
}
