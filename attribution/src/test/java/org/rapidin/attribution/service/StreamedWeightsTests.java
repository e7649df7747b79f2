package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.model.weights.WeightCache;

class StreamedWeightsTests extends AttributorTestCase {
  @Test
  void vectorsDoNotDependOnHowManyLayersStayInMemory() throws IOException {
    WeightCache all = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor whole = open(all)) {
      long total = all.models().getFirst().totalBytes();
      assertEquals(total, all.models().getFirst().residentBytes());
      for (long limit : new long[] {1, total / 2, total - 1}) {
        WeightCache some = new WeightCache(ENOUGH, limit);
        try (Attributor streamed = open(some)) {
          requireSame(whole, streamed);
          requireSame(whole, streamed); // what the first pass left in memory is right too
        }
        assertEquals(0, some.budget().usage().reservedBytes());
      }
    }
  }

  private void requireSame(Attributor whole, Attributor streamed) {
    List<Sample> samples = samples(5);
    List<GradientResult> wanted = whole.documents(samples);
    List<GradientResult> got = streamed.documents(samples);
    for (int i = 0; i < samples.size(); i++) {
      assertArrayEquals(vector(wanted.get(i)), vector(got.get(i)), 0);
    }
    Sample generation = samples.getFirst();
    QueryGradient query = whole.query(generation, new TokenSelection.All(), true);
    QueryGradient other = streamed.query(generation, new TokenSelection.All(), true);
    assertArrayEquals(query.vector(), other.vector(), 0);
    for (int t = 0; t < query.tokens().size(); t++) {
      assertArrayEquals(query.tokens().get(t).vector(), other.tokens().get(t).vector(), 0);
    }
  }

  @Test
  void attributorsOfOneModelShareItsWeights() throws IOException {
    WeightCache cache = new WeightCache(ENOUGH, ENOUGH);
    try (Attributor first = open(cache)) {
      long one = cache.budget().usage().reservedBytes();
      try (Attributor second = open(cache)) {
        long adapters = first.bytes() - cache.models().getFirst().totalBytes();
        assertEquals(one + adapters, cache.budget().usage().reservedBytes());
        requireSame(first, second);
      }
      assertEquals(one, cache.budget().usage().reservedBytes());
      first.documents(samples(1));
    }
  }
}
