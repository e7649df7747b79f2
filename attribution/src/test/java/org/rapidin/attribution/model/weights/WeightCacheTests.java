package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.memory.MemoryLimitException;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.file.TensorType;

/** Which weights stay in memory, which are shared, and which make room. */
@Timeout(120)
class WeightCacheTests extends WeightCacheTestCase {

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void aLeaseHasTheFilesNumbers(TensorType type) throws IOException {
    WeightCache cache = new WeightCache(2 * MODEL_BYTES, 2 * MODEL_BYTES);
    try (SharedWeights weights = open(cache, "digest", type)) {
      requireValues(weights);
      requireValues(weights);
      assertTrue(weights.isResident());
    }
  }

  @Test
  void asMuchStaysAsTheLimitAllows() throws IOException {
    WeightCache cache = new WeightCache(2 * MODEL_BYTES, TABLE_BYTES + 3 * LAYER_BYTES);
    try (SharedWeights weights = open(cache, "digest")) {
      for (int pass = 0; pass < 3; pass++) {
        requireValues(weights);
        WeightCache.Model model = cache.models().getFirst();
        assertEquals(3, model.residentLayers());
        assertEquals(TABLE_BYTES + 3 * LAYER_BYTES, model.residentBytes());
        assertEquals(MODEL_BYTES, model.totalBytes());
        assertFalse(weights.isResident());
        assertEquals(LAYER_BYTES, weights.largestPartBytes());
        assertEquals(TABLE_BYTES + 3 * LAYER_BYTES, cache.budget().usage().reservedBytes());
      }
      assertEquals(0, cache.evictions());
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
    assertTrue(cache.models().isEmpty());
  }

  @Test
  void nothingStaysWithoutRoomAndTheNumbersAreTheSame() throws IOException {
    WeightCache cache = new WeightCache(2 * MODEL_BYTES, 1);
    try (SharedWeights weights = open(cache, "digest")) {
      weights.preload();
      requireValues(weights);
      assertEquals(0, cache.models().getFirst().residentBytes());
      assertEquals(0, cache.budget().usage().peakBytes());
    }
  }

  @Test
  void usersOfTheSameFilesShareOneCopy() throws IOException {
    WeightCache cache = new WeightCache(2 * MODEL_BYTES, 2 * MODEL_BYTES);
    SharedWeights first = open(cache, "digest");
    first.preload();
    try (SharedWeights second = open(cache, "digest")) {
      String name = "model.layers.3.up.weight";
      try (DecoderWeights.Lease one = first.layer(3);
          DecoderWeights.Lease two = second.layer(3)) {
        assertSame(one.get(name), two.get(name));
      }
      assertEquals(MODEL_BYTES, cache.budget().usage().reservedBytes());
      first.close();
      first.close();
      requireValues(second);
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
  }

  @Test
  void theModelThatWasUsedLeastRecentlyMakesRoom() throws IOException {
    WeightCache cache =
        new WeightCache(2 * MODEL_BYTES, MODEL_BYTES + TABLE_BYTES + 2 * LAYER_BYTES);
    try (SharedWeights old = open(cache, "old");
        SharedWeights recent = open(cache, "recent")) {
      old.preload();
      recent.preload();
      Map<String, Integer> layers = layers(cache);
      assertEquals(LAYERS, layers.get("recent"), layers.toString());
      assertEquals(2, layers.get("old"), layers.toString());
      assertEquals(2L * (LAYERS - 2), cache.evictions());
      requireValues(old);
    }
  }

  private static Map<String, Integer> layers(WeightCache cache) {
    Map<String, Integer> layers = new LinkedHashMap<>();
    cache.models().forEach(model -> layers.put(model.digest(), model.residentLayers()));
    return layers;
  }

  @Test
  void aPassEvictsWhatItNeedsAndNothingThatIsLeased() throws IOException {
    WeightCache cache = new WeightCache(MODEL_BYTES, MODEL_BYTES);
    try (SharedWeights weights = open(cache, "digest")) {
      weights.preload();
      DecoderWeights.Lease lease = weights.layer(LAYERS - 1);
      cache.budget().reserve("a pass", MODEL_BYTES - LAYER_BYTES, 0).close();
      require(lease, LAYERS - 1);
      assertEquals(LAYER_BYTES, cache.models().getFirst().residentBytes());
      requireValues(weights);
    }
  }

  @Test
  void weightsThatAPassHasLeasedStayAndOthersAreNotLeased() throws IOException {
    WeightCache cache = new WeightCache(MODEL_BYTES, MODEL_BYTES);
    try (SharedWeights weights = open(cache, "digest")) {
      assertTrue(weights.leaseIfResident().isEmpty());
      weights.preload();
      try (DecoderWeights.Lease _ = weights.leaseIfResident().orElseThrow()) {
        assertThrows(
            MemoryLimitException.class, () -> cache.budget().reserve("a pass", TABLE_BYTES, 0));
        assertTrue(weights.isResident());
      }
      cache.budget().reserve("a pass", TABLE_BYTES, 0).close();
      assertTrue(weights.leaseIfResident().isEmpty());
      cache.budget().reserve("a pass", MODEL_BYTES, 0).close(); // nothing has stayed leased
    }
  }
}
