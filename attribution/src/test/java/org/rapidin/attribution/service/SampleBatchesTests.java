package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SampleBatchesTests {

  @Test
  void everySampleIsInOneBatchWithinTheBounds() {
    int[] lengths = new SplittableRandom(1).ints(200, 1, 300).toArray();
    List<Integer> samples = IntStream.range(0, 200).filter(i -> i % 7 != 0).boxed().toList();
    List<List<Integer>> batches = new SampleBatches(10, 1000).of(samples, lengths);
    assertEquals(samples, batches.stream().flatMap(List::stream).sorted().toList());
    for (List<Integer> batch : batches) {
      int longest = batch.stream().mapToInt(i -> lengths[i]).max().orElseThrow();
      assertTrue(batch.size() <= 10 && batch.size() * longest <= 1000, batch.toString());
    }
  }

  @Test
  void sampleBeyondTheBoundIsABatchAlone() {
    List<List<Integer>> batches =
        new SampleBatches(10, 100).of(List.of(0, 1, 2), new int[] {5, 500, 7});
    assertEquals(List.of(List.of(0, 2), List.of(1)), batches);
  }

  @Test
  void noSamplesAreNoBatches() {
    assertEquals(List.of(), SampleBatches.DEFAULT.of(List.of(), new int[0]));
  }
}
