package org.rapidin.scorer.bits;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes and their estimates against products in double. */
class SignEstimateTests {
  private static final int DIMENSION = 1024;
  // Of the product with the centred row.
  private static final double MAX_BIAS = 0.0075;

  private final SplittableRandom random = new SplittableRandom(17);

  /** p, bit by bit. */
  static int digitsOfSetBits(SignCode code, SignQuery query) {
    int sum = 0;
    for (int i = 0; i < query.bits(); i++) {
      if ((code.bits()[i / 8] >> i % 8 & 1) == 1) {
        sum += query.digits()[i];
      }
    }
    return sum;
  }

  private static float estimate(SignCode code, SignQuery query, float[] centre) {
    return query.estimate(code.factor(), digitsOfSetBits(code, query), query.offset(centre));
  }

  @Test
  void aCodeIsWhatItsDefinitionSays() {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 1);
    float[] centre = TestVectors.normal(DIMENSION, random);
    float[] row = TestVectors.normal(DIMENSION, random);
    float[] difference = TestVectors.sum(row, centre, -1);
    float[] rotated = TestVectors.rotated(rotation, difference);
    for (int bits : new int[] {64, 512, DIMENSION}) {
      SignCode code = new SignEncoder(rotation, bits, centre).encode(row);
      assertEquals(bits / 8, code.bits().length);
      double norm1 = 0;
      for (int i = 0; i < bits; i++) {
        assertEquals(rotated[i] < 0 ? 0 : 1, code.bits()[i / 8] >> i % 8 & 1, "bit " + i);
        norm1 += Math.abs(rotated[i]);
      }
      double squares = TestVectors.product(difference, difference);
      assertEquals(squares / norm1, code.factor(), squares / norm1 * 1e-5);
      double error = Math.sqrt(squares * (bits * squares / norm1 / norm1 - 1) / (DIMENSION - 1));
      assertEquals(error, code.error(), error * 1e-5);
    }
  }

  /**
   * Over rotations, the mean of the deviation is 0 but for what is stated of the digits, its root
   * mean square the stated error for the part of the query that is orthogonal to the row, and 95 %
   * are within two of it.
   */
  @ParameterizedTest
  @CsvSource({"1024,0.0", "1024,0.7", "512,0.0", "512,0.7", "128,0.3"})
  void estimatesAreUnbiasedAndAsExactAsStated(int bits, double cosine) {
    int rotations = 8000;
    float[] centre = TestVectors.normal(DIMENSION, random);
    float[] difference = TestVectors.normal(DIMENSION, random);
    float[] row = TestVectors.sum(centre, difference, 1);
    float[] query = atAngle(difference, cosine);
    double product = TestVectors.product(row, query);
    double orthogonal = Math.sqrt(1 - cosine * cosine);
    double sum = 0;
    double squares = 0;
    double biases = 0;
    int within = 0;
    for (int seed = 0; seed < rotations; seed++) {
      HadamardRotation rotation = new HadamardRotation(DIMENSION, seed);
      SignCode code = new SignEncoder(rotation, bits, centre).encode(row);
      SignQuery prepared = new SignQuery(rotation, bits, query);
      double error = prepared.standardError(code.factor(), (float) (code.error() * orthogonal));
      double deviation = (estimate(code, prepared, centre) - product) / error;
      sum += deviation;
      squares += deviation * deviation;
      biases += MAX_BIAS * TestVectors.product(difference, query) / error;
      within += Math.abs(deviation) <= 2 ? 1 : 0;
    }
    double tolerance = 4 / Math.sqrt(rotations) + biases / rotations;
    assertEquals(0, sum / rotations, tolerance, "bias in standard errors");
    assertEquals(1, Math.sqrt(squares / rotations), 0.05, "error, measured to stated");
    assertEquals(0.9545, (double) within / rotations, 0.01);
  }

  /** A query of norm 20 with a given cosine to a vector. */
  private float[] atAngle(float[] vector, double cosine) {
    float[] other = TestVectors.normal(vector.length, random);
    double along = TestVectors.product(other, vector) / TestVectors.product(vector, vector);
    float[] orthogonal = TestVectors.sum(other, vector, (float) -along);
    double scale = 20 * Math.sqrt(1 - cosine * cosine) / TestVectors.norm(orthogonal);
    double scaleAlong = 20 * cosine / TestVectors.norm(vector);
    float[] query = new float[vector.length];
    for (int i = 0; i < query.length; i++) {
      query[i] = (float) (scale * orthogonal[i] + scaleAlong * vector[i]);
    }
    return query;
  }

  /** Rows and queries of one number, of equal numbers: two rounds spread them all the same. */
  @Test
  void concentratedVectorsAreNoWorse() {
    float[] one = new float[DIMENSION];
    one[5] = 3;
    float[] other = new float[DIMENSION];
    other[5] = 1;
    other[6] = 8;
    float[] equal = new float[DIMENSION];
    Arrays.fill(equal, 1);
    for (float[][] pair : new float[][][] {{one, other}, {equal, other}, {other, equal}}) {
      double squares = 0;
      int rotations = 4000;
      float[] centre = new float[DIMENSION];
      for (int seed = 0; seed < rotations; seed++) {
        HadamardRotation rotation = new HadamardRotation(DIMENSION, seed);
        SignCode code = new SignEncoder(rotation, DIMENSION, centre).encode(pair[0]);
        SignQuery query = new SignQuery(rotation, DIMENSION, pair[1]);
        double deviation =
            (estimate(code, query, centre) - TestVectors.product(pair[0], pair[1]))
                / query.standardError(code.factor(), code.error());
        squares += deviation * deviation;
      }
      double measured = Math.sqrt(squares / rotations);
      assertTrue(measured < 1.1, () -> "error, measured to stated: " + measured);
    }
  }

  /** Against all steps of a fine grid. */
  @Test
  void digitsAreCloseToTheBestOnes() {
    for (int round = 0; round < 20; round++) {
      float[] vector = TestVectors.normal(DIMENSION, random);
      Int4Digits digits = Int4Digits.of(vector);
      double squares = TestVectors.product(vector, vector);
      double best = Double.MAX_VALUE;
      for (double step = 0.05; step < 1; step += 0.001) {
        best = Math.min(best, error(vector, step));
      }
      assertEquals(best, digits.error() / Math.sqrt(squares), 0.01 * best);
      assertTrue(digits.error() < 0.125 * Math.sqrt(squares));
      double along = 0;
      double difference = 0;
      int sum = 0;
      for (int i = 0; i < DIMENSION; i++) {
        double value = digits.step() * digits.digits()[i];
        along += value * vector[i];
        difference += Math.pow(value - vector[i], 2);
        sum += digits.digits()[i];
        assertTrue(Math.abs(digits.digits()[i]) <= 7);
      }
      assertEquals(squares, along, 1e-9 * squares);
      assertEquals(digits.error(), Math.sqrt(difference), 1e-6 * digits.error());
      assertEquals(sum, digits.sum());
    }
  }

  /** The error, relative to the vector, of the digits that a step gives, with their best step. */
  private static double error(float[] vector, double step) {
    double product = 0;
    double squares = 0;
    double digitSquares = 0;
    for (float value : vector) {
      double digit = Math.clamp(Math.rint(value / step), -7, 7);
      product += digit * value;
      squares += (double) value * value;
      digitSquares += digit * digit;
    }
    return Math.sqrt(squares * digitSquares / (product * product) - 1);
  }

  @Test
  void aRowAtTheCentreIsExact() {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 1);
    float[] centre = TestVectors.normal(DIMENSION, random);
    SignCode code = new SignEncoder(rotation, DIMENSION, centre).encode(centre);
    assertEquals(0, code.factor());
    assertEquals(0, code.error());
    float[] numbers = TestVectors.normal(DIMENSION, random);
    SignQuery query = new SignQuery(rotation, DIMENSION, numbers);
    double product = TestVectors.product(centre, numbers);
    assertEquals(product, estimate(code, query, centre), 1e-5 * Math.abs(product));
  }

  @Test
  void aQueryOfZerosGivesZeros() {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 1);
    float[] centre = TestVectors.normal(DIMENSION, random);
    SignQuery query = new SignQuery(rotation, DIMENSION, new float[DIMENSION]);
    SignCode code =
        new SignEncoder(rotation, DIMENSION, centre).encode(TestVectors.normal(DIMENSION, random));
    assertEquals(0f, estimate(code, query, centre));
    assertEquals(0, query.standardError(code.factor(), code.error()));
  }

  /** Neither overflow nor underflow: a power of two changes the floats and no bit. */
  @ParameterizedTest
  @ValueSource(ints = {-120, 100})
  void magnitudesDoNotMatter(int exponent) {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 1);
    SignEncoder encoder = new SignEncoder(rotation, DIMENSION, new float[DIMENSION]);
    float[] row = TestVectors.normal(DIMENSION, random);
    float[] scaled = row.clone();
    for (int i = 0; i < DIMENSION; i++) {
      scaled[i] = Math.scalb(scaled[i], exponent);
      row[i] = Math.scalb(scaled[i], -exponent);
    }
    SignCode code = encoder.encode(row);
    SignCode scaledCode = encoder.encode(scaled);
    assertArrayEquals(code.bits(), scaledCode.bits());
    assertEquals(Math.scalb(code.factor(), exponent), scaledCode.factor());
    assertEquals(Math.scalb(code.error(), exponent), scaledCode.error());
    SignQuery query = new SignQuery(rotation, DIMENSION, row);
    SignQuery scaledQuery = new SignQuery(rotation, DIMENSION, scaled);
    assertArrayEquals(query.digits(), scaledQuery.digits());
    assertEquals(Math.scalb(query.step(), exponent), scaledQuery.step(), query.step());
  }

  @Test
  void refusesWhatDoesNotFit() {
    HadamardRotation rotation = new HadamardRotation(DIMENSION, 1);
    float[] centre = new float[DIMENSION];
    for (int bits : new int[] {0, -64, 65, DIMENSION + 64}) {
      assertThrows(IllegalArgumentException.class, () -> new SignEncoder(rotation, bits, centre));
      assertThrows(IllegalArgumentException.class, () -> new SignQuery(rotation, bits, centre));
    }
    assertThrows(
        IllegalArgumentException.class, () -> new SignEncoder(rotation, 64, new float[64]));
    SignEncoder encoder = new SignEncoder(rotation, 64, centre);
    assertThrows(IllegalArgumentException.class, () -> encoder.encode(new float[64]));
    for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
      float[] vector = new float[DIMENSION];
      vector[1000] = bad;
      assertThrows(IllegalArgumentException.class, () -> encoder.encode(vector));
      assertThrows(IllegalArgumentException.class, () -> new SignQuery(rotation, 64, vector));
      assertThrows(IllegalArgumentException.class, () -> new SignEncoder(rotation, 64, vector));
    }
  }
}
