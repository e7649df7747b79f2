package org.rapidin.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BestTests {
  @Test
  void areThoseThatSortingFinds() {
    Random random = new Random(1);
    for (int trial = 0; trial < 100; trial++) {
      float[] scores = new float[1 + random.nextInt(50)];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = random.nextInt(20);
      }
      int count = 1 + random.nextInt(60);
      int[] sorted =
          IntStream.range(0, scores.length)
              .boxed()
              .sorted((a, b) -> Float.compare(scores[b], scores[a]))
              .limit(count)
              .mapToInt(Integer::intValue)
              .sorted()
              .toArray();
      assertArrayEquals(sorted, Best.of(scores, count));
    }
  }

  @Test
  void recallCountsWantedRowsThatWereFound() {
    assertEquals(0.5, Best.recall(new int[] {1, 2, 3, 4}, new int[] {9, 4, 1, 7}));
  }
}
