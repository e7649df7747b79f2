package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTests {

  @Test
  void rankCorrelationSeesTheOrderAlone() {
    assertEquals(
        1, Statistics.spearman(new double[] {1, 2, 3, 4}, new double[] {-5, 0, 1, 1e9}), 1e-12);
    assertEquals(-1, Statistics.spearman(new double[] {1, 2, 3}, new double[] {3, 2, 1}), 1e-12);
  }

  @Test
  void equalValuesShareTheMeanOfTheirRanks() {
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: covariance 4.5, variances 4.5 and 5.
    assertEquals(
        4.5 / Math.sqrt(4.5 * 5),
        Statistics.spearman(new double[] {1, 2, 2, 3}, new double[] {1, 2, 3, 4}),
        1e-12);
  }

  @Test
  void theStandardErrorIsThatOfTheMean() {
    // Deviations -1, 0, 1: variance 1, of the mean 1/3.
    assertEquals(Math.sqrt(1 / 3.0), Statistics.standardError(List.of(1.0, 2.0, 3.0)), 1e-12);
    assertEquals("2.000 ± 0.577", Statistics.text(List.of(1.0, 2.0, 3.0)));
    assertEquals("2.000", Statistics.text(List.of(2.0)));
    assertEquals("1.0e-04", Statistics.text(List.of(0.0001)));
  }

  @Test
  void theLargestComesFirst() {
    assertArrayEquals(new int[] {1, 0, 2}, Statistics.order(new double[] {2, 3, 2}));
  }
}
