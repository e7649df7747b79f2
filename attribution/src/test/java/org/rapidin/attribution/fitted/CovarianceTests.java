package org.rapidin.attribution.fitted;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.VectorPart;

/** A preconditioned vector solves the damped system of a plain, dense covariance. */
class CovarianceTests {
  private static final List<VectorPart> PARTS =
      List.of(new VectorPart("a", 7), new VectorPart("b", 1), new VectorPart("c", 40));

  /** Two more than the parts have. */
  private static final int LENGTH = 50;

  /** Numbers of different sizes, in few directions each, as those of gradients. */
  private static List<float[]> vectors(long seed, int count, double size) {
    SplittableRandom random = new SplittableRandom(seed);
    List<float[]> vectors = new ArrayList<>();
    for (int v = 0; v < count; v++) {
      float[] vector = new float[LENGTH];
      double common = random.nextGaussian();
      for (int i = 0; i < LENGTH - 2; i++) {
        vector[i] = (float) (size * (common + random.nextGaussian() / (1 + i)));
      }
      vectors.add(vector);
    }
    return vectors;
  }

  private static DampedInverse inverse(List<float[]> vectors, double damping) {
    Covariance covariance = new Covariance(PARTS);
    // In batches, as a task adds them.
    for (int from = 0; from < vectors.size(); from += 5) {
      covariance.add(vectors.subList(from, Math.min(vectors.size(), from + 5)), 0.3);
    }
    assertEquals(vectors.size(), covariance.count());
    return covariance.inverse("f", damping, part -> {});
  }

  private static void assertSolved(List<float[]> vectors, double damping, double tolerance) {
    float[] query = vectors(99, 1, 1).getFirst();
    float[] got = inverse(vectors, damping).apply(query);
    assertEquals(LENGTH, got.length);
    double[] wanted = new PlainCovariance(PARTS, damping).add(vectors, 1).solve(query);
    int from = 0;
    for (VectorPart part : PARTS) {
      double norm = 0;
      for (int i = from; i < from + part.numbers(); i++) {
        norm = Math.hypot(norm, wanted[i]);
      }
      for (int i = from; i < from + part.numbers(); i++) {
        assertEquals(wanted[i], got[i], tolerance * norm, part.name() + " " + i);
      }
      from += part.numbers();
    }
    assertEquals(0, got[LENGTH - 1]);
  }

  @Test
  void solvesTheDampedSystemOfEachPart() {
    assertSolved(vectors(1, 200, 1), 0.1, 1e-7);
    assertSolved(vectors(2, 200, 1), 0, 1e-6);
    assertSolved(vectors(3, 3, 1), 0.1, 1e-7); // fewer vectors than numbers
    assertSolved(vectors(4, 60, 1e-15), 0.1, 1e-7); // squares vanish in float32
  }

  /** Two samples of the same size with weights 1 and 3 are like the second one three times. */
  @Test
  void weightsAreThoseOfTheMean() {
    List<float[]> train = vectors(1, 60, 1);
    List<float[]> evaluation = vectors(2, 60, 1);
    Covariance weighted = new Covariance(PARTS);
    weighted.add(train, 0.25 / 60);
    weighted.add(evaluation, 0.75 / 60);
    List<float[]> repeated = new ArrayList<>(train);
    for (int i = 0; i < 3; i++) {
      repeated.addAll(evaluation);
    }
    float[] query = vectors(3, 1, 1).getFirst();
    float[] wanted = inverse(repeated, 0.1).apply(query);
    float[] got = weighted.inverse("f", 0.1, part -> {}).apply(query);
    for (int i = 0; i < LENGTH; i++) {
      assertEquals(wanted[i], got[i], 1e-5 * (1 + Math.abs(wanted[i])));
    }
  }

  @Test
  void aMixtureIsTheCovarianceOfBothSamplesWithTheirWeights() {
    List<float[]> train = vectors(1, 60, 1);
    List<float[]> evaluation = vectors(2, 30, 1);
    Covariance both = new Covariance(PARTS);
    both.add(train, 0.7 / 60);
    both.add(evaluation, 0.3 / 30);
    Covariance first = new Covariance(PARTS);
    first.add(train, 5);
    Covariance second = new Covariance(PARTS);
    second.add(evaluation, 0.1);
    first.mix(second, 0.3);
    assertEquals(90, first.count());
    float[] query = vectors(3, 1, 1).getFirst();
    assertArrayEquals(
        both.inverse("f", 0.1, part -> {}).apply(query),
        first.inverse("f", 0.1, part -> {}).apply(query),
        1e-6f);
  }

  /** For equal components, which a diagonal covariance shows. */
  @Test
  void theWeightMakesTheEigenvaluesOfTheComponentCountTheSame() {
    Covariance train = new Covariance(PARTS);
    Covariance evaluation = new Covariance(PARTS);
    for (int i = 0; i < 48; i++) {
      float[] vector = new float[LENGTH];
      vector[i] = 48 - i;
      train.add(List.of(vector), 1);
      vector[i] = 2 * (48 - i);
      evaluation.add(List.of(vector), 3);
    }
    double[] ofTrain = train.eigenvalues(() -> {});
    double[] ofEvaluation = evaluation.eigenvalues(() -> {});
    for (int i = 0; i < 48; i++) {
      assertEquals((48.0 - i) * (48 - i) / 48, ofTrain[i], 1e-12 * ofTrain[0]);
      assertEquals(4 * ofTrain[i], ofEvaluation[i], 1e-12 * ofEvaluation[0]);
    }
    assertEquals(0.2, EvaluationWeight.of(ofTrain, ofEvaluation, 10), 1e-12);
    assertEquals(
        "evaluation.components must be 1 to 48, the numbers of a vector, got 49",
        assertThrows(
                IllegalArgumentException.class,
                () -> EvaluationWeight.of(ofTrain, ofEvaluation, 49))
            .getMessage());
    Covariance few = new Covariance(PARTS);
    few.add(vectors(4, 5, 1), 1);
    String none =
        assertThrows(
                IllegalArgumentException.class,
                () -> EvaluationWeight.of(ofTrain, few.eigenvalues(() -> {}), 30))
            .getMessage();
    assertTrue(none.startsWith("eigenvalue 30 of the evaluation sample is 0"), none);
  }

  @Test
  void theNormIsTheRootOfTheProductWithTheSolution() {
    List<float[]> sample = vectors(1, 200, 1);
    DampedInverse inverse = inverse(sample, 0.1);
    float[] vector = vectors(7, 1, 1).getFirst();
    double[] solved = new PlainCovariance(PARTS, 0.1).add(sample, 1).solve(vector);
    double square = 0;
    for (int i = 0; i < LENGTH; i++) {
      square += solved[i] * vector[i];
    }
    assertEquals(Math.sqrt(square), inverse.norm(vector), 1e-9 * Math.sqrt(square));
    assertEquals(
        Math.sqrt(square), inverse.normOfProduct(inverse.apply(vector)), 1e-6 * Math.sqrt(square));
    vector[0] = Float.NaN;
    assertThrows(IllegalArgumentException.class, () -> inverse.norm(vector));
  }

  /** ‖W·q‖² = qᵀ·(R + λI)^-1·q, and so for the products of two. */
  @Test
  void rootsGiveTheProductsOfTheInverse() {
    DampedInverse inverse = inverse(vectors(1, 200, 1), 0.1);
    List<float[]> pair = vectors(7, 2, 1);
    for (float[] first : pair) {
      for (float[] second : pair) {
        double wanted = dot(inverse.apply(first), second);
        double got = dot(inverse.applyRoot(first), inverse.applyRoot(second));
        assertEquals(wanted, got, 1e-5 * dot(inverse.apply(first), first));
      }
    }
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  @Test
  void takesTheMemoryThatItSays() {
    assertEquals((28 + 1 + 820) * 8, Covariance.bytes(PARTS));
  }

  @Test
  void refusesWhatHasNoInverseAndNamesTheLayer() {
    assertRefused(vectors(1, 3, 1), 0, "[a] is singular: 3 vectors do not determine its 7 numbers");
    List<float[]> silent = vectors(1, 60, 1);
    silent.forEach(vector -> vector[7] = 0);
    assertRefused(silent, 0.1, "numbers of [b] is 0.0 over 60 vectors");
    assertRefused(vectors(1, 60, 0), 0.1, "numbers of [a] is 0.0");
    assertRefused(List.of(), 0.1, "no vector");
    assertRefused(vectors(1, 60, 1), Double.NaN, "damping must be at least 0, got NaN");
    assertRefused(vectors(1, 60, 1), -0.1, "damping must be at least 0, got -0.1");
    List<float[]> broken = vectors(1, 6, 1);
    broken.get(5)[3] = Float.NaN;
    assertRefused(broken, 0.1, "has the number NaN");
  }

  private static void assertRefused(List<float[]> vectors, double damping, String sentence) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> inverse(vectors, damping)).getMessage();
    assertTrue(message.contains(sentence), message);
  }

  @Test
  void refusesAResultThatIsNotFinite() {
    DampedInverse inverse = inverse(vectors(1, 60, 1e-25), 0.1);
    String message =
        assertThrows(
                IllegalArgumentException.class, () -> inverse.apply(vectors(2, 1, 1).getFirst()))
            .getMessage();
    assertTrue(message.contains("with more damping"), message);
    assertThrows(IllegalArgumentException.class, () -> inverse.apply(new float[47]));
  }

  @Test
  void bytesAreReadAsTheyWereWritten() throws IOException {
    DampedInverse inverse = inverse(vectors(5, 90, 1), 0.2);
    byte[] bytes = bytes(inverse);
    DampedInverse read = read(bytes);
    assertEquals(new DampedInverse.Origin("f", 90, 0.2), read.origin());
    assertEquals(PARTS, read.parts());
    assertEquals(inverse.ridge(2), read.ridge(2));
    float[] query = vectors(6, 1, 1).getFirst();
    assertArrayEquals(inverse.apply(query), read.apply(query));
    assertArrayEquals(bytes, bytes(read));
    assertThrows(EOFException.class, () -> read(Arrays.copyOf(bytes, bytes.length - 1)));
    bytes[3] = 9;
    assertTrue(
        assertThrows(IOException.class, () -> read(bytes)).getMessage().contains("version [9]"));
  }

  private static byte[] bytes(DampedInverse inverse) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    inverse.write(new DataOutputStream(bytes));
    return bytes.toByteArray();
  }

  private static DampedInverse read(byte[] bytes) throws IOException {
    return DampedInverse.read(new DataInputStream(new ByteArrayInputStream(bytes)));
  }
}
