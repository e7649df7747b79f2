package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class Bm25RankingTests {

  @Test
  void scoresAreTheTextbookFormulaAndZeroWithoutACommonWord() throws IOException {
    try (Bm25Ranking ranking = new Bm25Ranking(List.of("a whale", "a red boat", "the old whale"))) {
      double[] scores = ranking.scores("Whale!");
      // 2 of 3 documents contain the word; lengths 2, 3, 3 (mean 8/3); k1 = 1.2, b = 0.75.
      double idf = Math.log(1 + (3 - 2 + 0.5) / (2 + 0.5));
      assertEquals(idf / (1 + 1.2 * (0.25 + 0.75 * 2 / (8 / 3.0))), scores[0], 1e-6);
      assertEquals(0, scores[1]);
      assertEquals(idf / (1 + 1.2 * (0.25 + 0.75 * 3 / (8 / 3.0))), scores[2], 1e-6);
    }
  }
}
