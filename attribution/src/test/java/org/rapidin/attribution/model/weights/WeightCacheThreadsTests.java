package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.rapidin.attribution.memory.MemoryLimitException;

/** Many threads lease, evict and count at the same time. */
@Timeout(120)
class WeightCacheThreadsTests extends WeightCacheTestCase {

  @Test
  void manyThreadsReadRightNumbersWhileParametersComeAndGo() throws IOException {
    WeightCache cache = new WeightCache(6 * LAYER_BYTES, 3 * LAYER_BYTES);
    try (SharedWeights one = open(cache, "one");
        SharedWeights two = open(cache, "two")) {
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Random random = new Random(t);
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  for (int i = 0; i < 100; i++) {
                    requireValues(random.nextBoolean() ? one : two);
                    if (i % 10 == 0) {
                      cache.budget().reserve("a pass", 3 * LAYER_BYTES, 30_000).close();
                    }
                  }
                }));
      }
      threads.forEach(CompletableFuture::join);
      assertTrue(cache.budget().usage().peakBytes() <= 6 * LAYER_BYTES);
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
  }

  /** The order of their last use changes while it is established. */
  @Test
  void roomIsMadeWhileManyModelsAreUsed() throws Exception {
    WeightCache cache = new WeightCache(MODEL_BYTES, 1);
    List<SharedWeights> models = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      models.add(open(cache, "digest " + i));
    }
    CompletableFuture<Void> reclaiming =
        onDaemon(
            () -> {
              for (int i = 0; i < 20_000; i++) {
                assertThrows(
                    MemoryLimitException.class,
                    () -> cache.budget().reserve("too much", 2 * MODEL_BYTES, 0));
              }
            });
    Random random = new Random(5);
    while (!reclaiming.isDone()) {
      models.get(random.nextInt(models.size())).embedding().close();
    }
    reclaiming.get();
    models.forEach(SharedWeights::close);
  }

  /** Statistics are asked for while passes convert tensors that do not stay. */
  @Test
  void statisticsAndLeasesDoNotWaitForEachOther() throws Exception {
    WeightCache cache = new WeightCache(6 * LAYER_BYTES, LAYER_BYTES);
    SharedWeights weights = open(cache, "digest");
    CompletableFuture<Void> pass =
        onDaemon(
            () -> {
              for (int i = 0; i < 300; i++) {
                requireValues(weights);
              }
            });
    CompletableFuture<Void> statistics =
        onDaemon(
            () -> {
              while (!pass.isDone()) {
                assertEquals(MODEL_BYTES, cache.models().getFirst().totalBytes());
              }
            });
    CompletableFuture.allOf(pass, statistics).get(60, TimeUnit.SECONDS);
    weights.close(); // only if the threads have ended
  }

  private static CompletableFuture<Void> onDaemon(Runnable work) {
    return CompletableFuture.runAsync(work, Thread.ofPlatform().daemon()::start);
  }
}
