package org.rapidin.plugin.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.rapidin.plugin.explain.RankIntervals.Rest;

class RankIntervalsTests {
  private static final List<Double> INFLUENCES = List.of(10.0, 8.0, 7.9, 7.8, 1.0);
  private static final List<Double> ERRORS = List.of(0.1, 0.1, 0.1, 0.1, 0.1);

  private static Map<String, Object> ranks(Object... entries) {
    Map<String, Object> ranks = new LinkedHashMap<>();
    for (int i = 0; i < entries.length; i += 2) {
      ranks.put((String) entries[i], entries[i + 1]);
    }
    return ranks;
  }

  @Test
  void hitsThatAreNotSeparatedShareTheirRanks() {
    RankIntervals all = new RankIntervals(INFLUENCES, ERRORS, 0, Rest.NONE);
    assertEquals(ranks("best", 1L, "worst", 1L, "separated", true), all.of(0));
    for (int hit = 1; hit <= 3; hit++) {
      assertEquals(ranks("best", 2L, "worst", 4L, "separated", hit == 3), all.of(hit));
    }
    assertEquals(ranks("best", 5L, "worst", 5L), all.of(4));
  }

  /** A page in the middle: what is close to its ends may have ranks of other pages. */
  @Test
  void ranksBeyondThePageAreLeftOut() {
    RankIntervals page =
        new RankIntervals(INFLUENCES.subList(1, 5), ERRORS.subList(1, 5), 1, Rest.LIKE_LAST);
    assertEquals(ranks("worst", 4L, "separated", false), page.of(0));
    assertEquals(ranks("worst", 4L, "separated", true), page.of(2));
    assertEquals(ranks("best", 5L), page.of(3));
  }

  @Test
  void theListEndsBeforeTheFirstHitWithoutAnError() {
    RankIntervals ranks =
        RankIntervals.ofKnown(
            List.of(9.0, 5.0, 4.95, 3.0, 2.0),
            List.of(0.1, 0.1, 0.1, Double.NaN, 0.1),
            0,
            Rest.NONE);
    assertEquals(3, ranks.size());
    assertEquals(ranks("best", 1L, "worst", 1L, "separated", true), ranks.of(0));
    assertEquals(ranks("best", 2L, "separated", false), ranks.of(1));
    assertEquals(ranks("best", 2L), ranks.of(2));
    RankIntervals whole = RankIntervals.ofKnown(INFLUENCES, ERRORS, 0, Rest.NONE);
    assertEquals(new RankIntervals(INFLUENCES, ERRORS, 0, Rest.NONE), whole);
  }

  /** A later hit may have any influence if its error is not known. */
  @Test
  void hitsOfUnknownErrorsMayHaveAnyLaterRank() {
    RankIntervals ranks =
        RankIntervals.ofKnown(
            List.of(9.0, 5.0, 3.0), List.of(0.1, 0.1, Double.NaN), 0, Rest.UNKNOWN);
    assertEquals(ranks("best", 1L, "separated", true), ranks.of(0));
    assertEquals(ranks("best", 2L), ranks.of(1));
  }

  /**
   * The true ranks of hits whose influences are known but for normal errors are in the interval.
   */
  @Test
  void ranksOfTheRightOrderAreInTheInterval() {
    Random random = new Random(3);
    int in = 0;
    int hits = 12;
    int trials = 500;
    for (int trial = 0; trial < trials; trial++) {
      double[] right = random.doubles(hits).map(x -> 10 * x).toArray();
      double[] errors = random.doubles(hits).map(x -> 0.05 + x).toArray();
      double[] measured = new double[hits];
      for (int i = 0; i < hits; i++) {
        measured[i] = right[i] + errors[i] * random.nextGaussian();
      }
      List<Integer> order =
          IntStream.range(0, hits)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -measured[i]))
              .toList();
      RankIntervals ranks =
          new RankIntervals(
              order.stream().map(i -> measured[i]).toList(),
              order.stream().map(i -> errors[i]).toList(),
              0,
              Rest.NONE);
      for (int hit = 0; hit < hits; hit++) {
        double mine = right[order.get(hit)];
        long rank = 1 + IntStream.range(0, hits).filter(i -> right[i] > mine).count();
        Map<String, Object> of = ranks.of(hit);
        in += rank >= (long) of.get("best") && rank <= (long) of.get("worst") ? 1 : 0;
      }
    }
    double held = (double) in / (hits * trials);
    assertEquals(true, held > 0.95, "held " + held);
  }

  /** Against one that counts by its definition. */
  @Test
  void theBackgroundComparesWithItsSample() {
    Random random = new Random(5);
    double[] sample = random.doubles(50).toArray();
    sample[21] = sample[20];
    double mean = 0;
    for (double each : sample) {
      mean += each / sample.length;
    }
    double squares = 0;
    List<Double> atLeast = new ArrayList<>();
    for (double each : sample) {
      squares += (each - mean) * (each - mean);
      if (each >= 0.75) {
        atLeast.add(each);
      }
    }
    Map<String, Object> above = BackgroundInfluences.of(sample, false).of(0.75);
    assertEquals(50, above.get("documents"));
    assertEquals(mean, (double) above.get("mean"), 1e-12);
    assertEquals((0.75 - mean) / Math.sqrt(squares / 49), (double) above.get("z"), 1e-9);
    assertEquals((atLeast.size() + 1) / 51.0, (double) above.get("p_value"), 1e-12);
    double equal = sample[20];
    long least = Arrays.stream(sample).filter(each -> each >= equal).count();
    long most = Arrays.stream(sample).filter(each -> each <= equal).count();
    assertEquals(
        (least + 1) / 51.0,
        (double) BackgroundInfluences.of(sample, false).of(equal).get("p_value"),
        1e-12);
    assertEquals(
        (most + 1) / 51.0,
        (double) BackgroundInfluences.of(sample, true).of(equal).get("p_value"),
        1e-12);
    Map<String, Object> below = BackgroundInfluences.of(sample, true).of(0.75);
    assertEquals((50 - atLeast.size() + 1) / 51.0, (double) below.get("p_value"), 1e-12);
    Map<String, Object> same = BackgroundInfluences.of(new double[] {1, 1}, false).of(2);
    assertEquals(
        ranks("documents", 2, "mean", 1.0, "standard_deviation", 0.0, "p_value", 1 / 3.0), same);
  }
}
