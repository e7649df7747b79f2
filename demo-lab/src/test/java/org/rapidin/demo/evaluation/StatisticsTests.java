package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatisticsTests {

  @Test
  void theStandardErrorIsThatOfTheMean() {
    // Deviations -1, 0, 1: variance 1, of the mean 1/3.
    assertEquals(Math.sqrt(1 / 3.0), Statistics.standardError(List.of(1.0, 2.0, 3.0)), 1e-12);
    assertEquals("2.000 ± 0.577", Statistics.text(List.of(1.0, 2.0, 3.0)));
    assertEquals("2.000", Statistics.text(List.of(2.0)));
    assertEquals("0.450 ± 0.000", Statistics.text(Collections.nCopies(30, 0.45)));
    assertEquals("1.0e-04", Statistics.text(List.of(0.0001)));
  }
}
