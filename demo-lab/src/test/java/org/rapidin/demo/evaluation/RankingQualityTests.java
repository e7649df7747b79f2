package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RankingQualityTests {

  @Test
  void isOneWhenThePoisonedStandFirstAndNoneLast() {
    double[] scores = {9, 8, 3, 2, 1, 0};
    boolean[] poisoned = {true, true, false, false, false, false};
    assertEquals(new RankingQuality(1, 1), RankingQuality.of(scores, poisoned, 2));
  }

  @Test
  void looksAtTheTopAndTheBottomOnly() {
    double[] scores = {9, 5, 4, 0};
    boolean[] poisoned = {true, false, true, true};
    // The first and the last are kept: both are poisoned.
    assertEquals(new RankingQuality(1, 1), RankingQuality.of(scores, poisoned, 1));
  }

  @Test
  void countsEqualScoresAsOneThreshold() {
    double[] scores = {1, 1, 1, 1};
    boolean[] poisoned = {true, false, false, false};
    assertEquals(new RankingQuality(0.25, 0.5), RankingQuality.of(scores, poisoned, 2));
  }

  @Test
  void isZeroWithoutAPoisonedDocumentAmongThem() {
    double[] scores = {3, 2, 1};
    boolean[] poisoned = {false, true, false};
    assertEquals(new RankingQuality(0, 0), RankingQuality.of(scores, poisoned, 1));
  }

  @Test
  void agreesWithCountingPairsAndPrecisions() {
    Random random = new Random(1);
    for (int round = 0; round < 200; round++) {
      int count = 4 + 2 * random.nextInt(20);
      double[] scores = random.doubles(count).toArray();
      boolean[] poisoned = new boolean[count];
      poisoned[random.nextInt(count)] = true;
      poisoned[random.nextInt(count)] = true;
      RankingQuality quality = RankingQuality.of(scores, poisoned, count / 2);
      assertEquals(plainAuRoc(scores, poisoned), quality.auRoc(), 1e-12);
      assertEquals(plainAuPrc(scores, poisoned), quality.auPrc(), 1e-12);
    }
  }

  @Test
  void averagesOverQueries() {
    RankingQuality mean =
        RankingQuality.mean(List.of(new RankingQuality(1, 0.5), new RankingQuality(0, 1)));
    assertEquals(new RankingQuality(0.5, 0.75), mean);
  }

  @Test
  void refusesMoreThanHalfOfTheDocuments() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> RankingQuality.of(new double[3], new boolean[3], 2));
    assertEquals("k must be 1 to 1 for 3 documents, got 2", refused.getMessage());
  }

  /** The share of (poisoned, clean) pairs that are in the right order. */
  private static double plainAuRoc(double[] scores, boolean[] poisoned) {
    double right = 0;
    double pairs = 0;
    for (int i = 0; i < scores.length; i++) {
      for (int j = 0; j < scores.length; j++) {
        if (poisoned[i] && !poisoned[j]) {
          pairs++;
          right += scores[i] > scores[j] ? 1 : 0;
        }
      }
    }
    return right / pairs;
  }

  /** The mean, over the poisoned documents, of the precision at their rank. */
  private static double plainAuPrc(double[] scores, boolean[] poisoned) {
    double sum = 0;
    double positives = 0;
    for (int i = 0; i < scores.length; i++) {
      if (!poisoned[i]) {
        continue;
      }
      double above = 0;
      double poisonedAbove = 0;
      for (int j = 0; j < scores.length; j++) {
        above += scores[j] >= scores[i] ? 1 : 0;
        poisonedAbove += scores[j] >= scores[i] && poisoned[j] ? 1 : 0;
      }
      positives++;
      sum += poisonedAbove / above;
    }
    return sum / positives;
  }
}
