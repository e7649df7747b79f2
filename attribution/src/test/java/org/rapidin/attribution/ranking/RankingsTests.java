package org.rapidin.attribution.ranking;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingsTests {

  @Test
  void rankCorrelationSeesTheOrderAlone() {
    assertEquals(1, Rankings.spearman(new double[] {1, 2, 3, 4}, new double[] {-5, 0, 1, 1e9}));
    assertEquals(-1, Rankings.spearman(new double[] {1, 2, 3}, new double[] {3, 2, 1}));
    assertTrue(Double.isNaN(Rankings.spearman(new double[] {1, 1, 1}, new double[] {3, 2, 1})));
  }

  @Test
  void equalValuesShareTheMeanOfTheirRanks() {
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    assertEquals(
        4.5 / Math.sqrt(4.5 * 5),
        Rankings.spearman(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4}),
        1e-12);
  }

  @Test
  void theLargestComesFirst() {
    assertArrayEquals(new int[] {1, 0, 2}, Rankings.order(new double[] {2, 3, 2}));
  }

  @Test
  void theOverlapIsOfTheLargest() {
    double[] a = {9, 8, 7, 1, 0};
    double[] b = {8, 0, 9, 1, 7};
    assertEquals(0, Rankings.overlap(a, b, 1));
    assertEquals(0.5, Rankings.overlap(a, b, 2));
    assertEquals(2 / 3.0, Rankings.overlap(a, b, 3));
    assertEquals(1, Rankings.overlap(a, b, 5));
  }

  /** The definitions, without sorting: ranks are counted. */
  @Test
  void randomRankingsAgreeWithThePlainDefinitions() {
    Random random = new Random(11);
    for (int round = 0; round < 200; round++) {
      int n = 3 + random.nextInt(20);
      double[] a = random.doubles(n, 0, 8).map(Math::rint).toArray();
      double[] b = random.doubles(n, 0, 8).map(Math::rint).toArray();
      double[] c = random.doubles(n).toArray();
      assertEquals(PlainRankings.spearman(a, b), Rankings.spearman(a, b), 1e-12);
      assertEquals(PlainRankings.spearman(a, c), Rankings.spearman(a, c), 1e-12);
      int k = 1 + random.nextInt(n);
      assertEquals(PlainRankings.overlap(a, b, k), Rankings.overlap(a, b, k));
      assertEquals(PlainRankings.overlap(a, a, k), 1);
    }
  }
}
