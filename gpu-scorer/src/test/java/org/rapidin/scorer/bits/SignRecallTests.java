package org.rapidin.scorer.bits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.rapidin.scorer.Scan;

/** Rows that share a strong direction and differ along a few others, as gradients do. */
class SignRecallTests {
  private static final int DIMENSION = 1024;
  private static final int ROWS = 2000;
  private static final int QUERIES = 20;
  private static final int DIRECTIONS = 32;
  private static final int K = 10;
  private static final int OVERSAMPLED = 100;

  private final SplittableRandom random = new SplittableRandom(41);
  private final HadamardRotation rotation = new HadamardRotation(DIMENSION, 6);
  private float[] common;
  private float[][] rows;
  private float[][] queries;

  @BeforeEach
  void makeRows() {
    common = TestVectors.normal(DIMENSION, random);
    float[][] directions = new float[DIRECTIONS][];
    Arrays.setAll(directions, i -> TestVectors.normal(DIMENSION, random));
    rows = new float[ROWS][];
    Arrays.setAll(rows, i -> TestVectors.sum(mixture(directions), common, 20));
    queries = new float[QUERIES][];
    Arrays.setAll(queries, m -> TestVectors.sum(mixture(directions), common, 1));
  }

  private float[] mixture(float[][] directions) {
    float[] mixture = new float[DIMENSION];
    for (float[] direction : directions) {
      double weight = random.nextGaussian() / Math.sqrt(DIRECTIONS);
      mixture = TestVectors.sum(mixture, direction, (float) weight);
    }
    return mixture;
  }

  private float[] estimates(float[] query, float[] centre, int from, int to) throws IOException {
    TestCodes codes =
        new TestCodes(
            Arrays.copyOfRange(rows, from, to),
            new SignEncoder(rotation, DIMENSION, centre),
            ROWS,
            DIMENSION / 8,
            true);
    float[] estimates = new float[to - from];
    SignQuery prepared = new SignQuery(rotation, DIMENSION, query);
    try (Scan scan = new CpuCodeScanEngine().open(codes, List.of(prepared))) {
      scan.score(IntStream.range(0, to - from).toArray(), to - from, estimates);
    }
    return estimates;
  }

  private static int[] best(int count, double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted(Comparator.comparing((Integer row) -> -scores[row]))
        .limit(count)
        .mapToInt(row -> row)
        .toArray();
  }

  private static double[] widen(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).toArray();
  }

  private double[] products(float[] query) {
    return Arrays.stream(rows).mapToDouble(row -> TestVectors.product(row, query)).toArray();
  }

  /** The share of the K best rows that are among the best by estimate. */
  private double recall(float[] centre) throws IOException {
    int found = 0;
    for (float[] query : queries) {
      int[] candidates = best(OVERSAMPLED, widen(estimates(query, centre, 0, ROWS)));
      Arrays.sort(candidates);
      found += count(candidates, best(K, products(query)));
    }
    return (double) found / (K * QUERIES);
  }

  private static int count(int[] ascending, int[] wanted) {
    int found = 0;
    for (int row : wanted) {
      found += Arrays.binarySearch(ascending, row) >= 0 ? 1 : 0;
    }
    return found;
  }

  private float[] mean(int from, int to) {
    float[] mean = new float[DIMENSION];
    for (int i = from; i < to; i++) {
      mean = TestVectors.sum(mean, rows[i], 1f / (to - from));
    }
    return mean;
  }

  @Test
  void centringFindsWhatIsLostWithoutIt() throws IOException {
    double centred = recall(mean(0, ROWS));
    double plain = recall(new float[DIMENSION]);
    assertTrue(centred >= 0.98, "centred: " + centred);
    assertTrue(plain < centred - 0.2, "plain: " + plain + ", centred: " + centred);
  }

  /**
   * Whatever the centre, estimates are as far from the products as stated, so those of several
   * segments make one order.
   */
  @Test
  void segmentsWithCentresOfTheirOwnMakeOneOrder() throws IOException {
    int half = 700;
    float[] firstCentre = mean(0, half);
    float[] secondCentre = TestVectors.sum(mean(half, ROWS), common, -0.5f);
    int found = 0;
    double squares = 0;
    for (float[] query : queries) {
      double[] products = products(query);
      double[] estimates =
          DoubleStream.concat(
                  Arrays.stream(widen(estimates(query, firstCentre, 0, half))),
                  Arrays.stream(widen(estimates(query, secondCentre, half, ROWS))))
              .toArray();
      SignQuery prepared = new SignQuery(rotation, DIMENSION, query);
      for (int i = 0; i < ROWS; i++) {
        float[] centre = i < half ? firstCentre : secondCentre;
        SignCode code = new SignEncoder(rotation, DIMENSION, centre).encode(rows[i]);
        double error = prepared.standardError(code.factor(), code.error());
        squares += Math.pow((estimates[i] - products[i]) / error, 2);
      }
      int[] candidates = best(OVERSAMPLED, estimates);
      Arrays.sort(candidates);
      found += count(candidates, best(K, products));
    }
    double stated = Math.sqrt(squares / ROWS / QUERIES);
    assertEquals(1, stated, 0.1, "error, measured to stated");
    double recall = (double) found / (K * QUERIES);
    assertTrue(recall >= 0.98, "recall: " + recall);
  }
}
