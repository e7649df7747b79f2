package org.rapidin.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class RatesTests {
  @Test
  void aGigabyteInASecondIsOne() {
    assertEquals(1, Rates.gigabytesPerSecond(1_000_000_000, 1000));
    // 52,000 rows of 65,536 half-precision numbers in 1.65 ms.
    assertEquals(4131, Rates.gigabytesPerSecond(52_000L * 2 * 65_536, 1.65), 1);
    assertEquals(75, Rates.percent(3, 4));
  }

  @Test
  void theMedianIsTheMiddleOne() {
    assertEquals(2, Rates.median(3, 1, 2));
    assertEquals(3, Rates.median(4, 1, 3, 2));
    assertEquals(7, Rates.median(7));
  }

  @Test
  void theFirstRoundIsNotCounted() throws Exception {
    Iterator<Double> rounds = List.of(100.0, 3.0, 1.0, 2.0).iterator();
    assertEquals(2, Rates.median(3, rounds::next));
    assertEquals(false, rounds.hasNext());
  }
}
