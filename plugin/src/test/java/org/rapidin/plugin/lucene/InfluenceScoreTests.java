package org.rapidin.plugin.lucene;

import org.apache.lucene.tests.util.LuceneTestCase;

public class InfluenceScoreTests extends LuceneTestCase {

  public void testScoresKeepTheirOrderWhenSecurityAddsOne() {
    InfluenceScore score = new InfluenceScore(10, false);
    float last = -1;
    for (int i = -1000; i <= 1000; i++) {
      float protectedScore = 1f + score.score(i * 0.01);
      assertTrue("at " + i, protectedScore > last);
      last = protectedScore;
    }
  }

  public void testScoresNeverFallAndStayInRange() {
    InfluenceScore score = new InfluenceScore(3, false);
    double[] raws = {
      -Double.MAX_VALUE, -1e38, -7, -1e-40, 0, Double.MIN_VALUE, 1e-40, 7, 1e38, Double.MAX_VALUE
    };
    for (int i = 0; i < raws.length; i++) {
      assertTrue(score.score(raws[i]) >= 0 && score.score(raws[i]) <= InfluenceScore.MAX);
      assertTrue(i == 0 || score.score(raws[i - 1]) <= score.score(raws[i]));
    }
    assertEquals(1f, score.score(0), 0f);
    assertEquals(1.5f, score.score(3), 0f);
    assertEquals(2f, new InfluenceScore(1e-300, false).score(1e38), 0f);
  }

  public void testOpponentsMirrorProponents() {
    InfluenceScore proponents = new InfluenceScore(2, false);
    InfluenceScore opponents = new InfluenceScore(2, true);
    for (double raw : new double[] {-5, -0.1, 0, 0.3, 1e9}) {
      assertEquals(proponents.score(-raw), opponents.score(raw), 0f);
    }
  }

  public void testTheNormOfTheQueryIsSummedInDouble() {
    InfluenceScore large = InfluenceScore.of(new float[] {3e38f, 3e38f}, 1, false);
    assertEquals(5e38, large.scale() * 5 / Math.sqrt(18), 1e32);
    assertEquals(10, InfluenceScore.of(new float[] {3, 4}, 2, false).scale(), 0);
  }

  public void testAScaleThatMakesNoSenseIsRefused() {
    for (double scale : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      expectThrows(IllegalArgumentException.class, () -> new InfluenceScore(scale, false));
    }
  }
}
