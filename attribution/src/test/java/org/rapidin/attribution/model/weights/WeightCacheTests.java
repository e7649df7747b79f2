package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.file.ModelFiles;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorType;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

@Timeout(120)
class WeightCacheTests {
  private static final int LAYERS = 5;
  private static final int WIDTH = 64;
  private static final long LAYER_BYTES = 2L * WIDTH * WIDTH * Float.BYTES;

  @TempDir Path folder;
  private NDManager manager;
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  @BeforeEach
  void makeValues() {
    manager = TestRuntime.get().newManager();
    Random random = new Random(4);
    for (int layer = 0; layer < LAYERS; layer++) {
      for (String module : List.of("up", "down")) {
        String name = "model.layers." + layer + "." + module + ".weight";
        float[] tensor = new float[WIDTH * WIDTH];
        for (int i = 0; i < tensor.length; i++) {
          // Exact in float16 and bfloat16, so that every stored type gives these very numbers.
          tensor[i] = (random.nextInt(255) - 127) / 64f;
        }
        values.put(name, tensor);
        shapes.put(name, new long[] {WIDTH, WIDTH});
      }
    }
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Path write(TensorType type) throws IOException {
    Path file = folder.resolve(type + ".safetensors");
    if (!Files.exists(file)) {
      try (NDManager scratch = manager.newSubManager()) {
        Map<String, NDArray> arrays = new LinkedHashMap<>();
        values.forEach(
            (name, tensor) ->
                arrays.put(name, TorchMemory.floats(scratch, new Shape(WIDTH, WIDTH), tensor)));
        ModelFiles.write(file, arrays, values.keySet(), type);
      }
    }
    return file;
  }

  private SharedWeights open(WeightCache cache, String digest) throws IOException {
    Path file = write(TensorType.BF16);
    return cache.open(digest, "model", manager, () -> SafetensorsFile.open(file), shapes);
  }

  private void requireValues(SharedWeights weights, String name) {
    try (NDScope scope = new NDScope();
        WeightLease lease = weights.lease(List.of(name))) {
      scope.suppressNotUsedWarning();
      assertArrayEquals(values.get(name), lease.get(name).toFloatArray(), name);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void aLeaseHasTheFilesNumbers(TensorType type) throws IOException {
    WeightCache cache = new WeightCache(100 * LAYER_BYTES, 100 * LAYER_BYTES);
    Path file = write(type);
    try (SharedWeights weights =
        cache.open("digest", "model", manager, () -> SafetensorsFile.open(file), shapes)) {
      for (int pass = 0; pass < 2; pass++) {
        values.keySet().forEach(name -> requireValues(weights, name));
      }
      assertThrows(IllegalArgumentException.class, () -> weights.lease(List.of("unknown")));
    }
  }

  @Test
  void asMuchStaysAsTheLimitAllows() throws IOException {
    WeightCache cache = new WeightCache(100 * LAYER_BYTES, 3 * LAYER_BYTES);
    try (SharedWeights weights = open(cache, "digest")) {
      for (int pass = 0; pass < 3; pass++) {
        values.keySet().forEach(name -> requireValues(weights, name));
        WeightCache.Model model = cache.models().getFirst();
        assertEquals(3, model.residentLayers());
        assertEquals(3 * LAYER_BYTES, model.residentBytes());
        assertEquals(LAYERS * LAYER_BYTES, model.totalBytes());
        assertEquals(3 * LAYER_BYTES, cache.budget().usage().reservedBytes());
      }
      assertEquals(0, cache.evictions());
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
    assertTrue(cache.models().isEmpty());
  }

  @Test
  void nothingStaysWithoutRoomAndTheNumbersAreTheSame() throws IOException {
    WeightCache cache = new WeightCache(100 * LAYER_BYTES, 1);
    try (SharedWeights weights = open(cache, "digest")) {
      weights.preload();
      values.keySet().forEach(name -> requireValues(weights, name));
      assertEquals(0, cache.models().getFirst().residentBytes());
      assertEquals(0, cache.budget().usage().peakBytes());
    }
  }

  @Test
  void usersOfTheSameFilesShareOneCopy() throws IOException {
    WeightCache cache = new WeightCache(100 * LAYER_BYTES, 100 * LAYER_BYTES);
    SharedWeights first = open(cache, "digest");
    first.preload();
    try (SharedWeights second = open(cache, "digest")) {
      String name = shapes.keySet().iterator().next();
      try (WeightLease one = first.lease(List.of(name));
          WeightLease two = second.lease(List.of(name))) {
        assertSame(one.get(name), two.get(name));
      }
      assertEquals(LAYERS * LAYER_BYTES, cache.budget().usage().reservedBytes());
      first.close();
      first.close();
      requireValues(second, name);
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
  }

  @Test
  void theModelThatWasUsedLeastRecentlyMakesRoom() throws IOException {
    WeightCache cache = new WeightCache(100 * LAYER_BYTES, (LAYERS + 2) * LAYER_BYTES);
    try (SharedWeights old = open(cache, "old");
        SharedWeights recent = open(cache, "recent")) {
      old.preload();
      recent.preload();
      Map<String, Integer> layers = layers(cache);
      assertEquals(LAYERS, layers.get("recent"), layers.toString());
      assertEquals(2, layers.get("old"), layers.toString());
      assertEquals(2L * (LAYERS - 2), cache.evictions());
      values.keySet().forEach(name -> requireValues(old, name));
    }
  }

  private static Map<String, Integer> layers(WeightCache cache) {
    Map<String, Integer> layers = new LinkedHashMap<>();
    cache.models().forEach(model -> layers.put(model.digest(), model.residentLayers()));
    return layers;
  }

  @Test
  void aPassEvictsWhatItNeedsAndNothingThatIsLeased() throws IOException {
    WeightCache cache = new WeightCache(LAYERS * LAYER_BYTES, LAYERS * LAYER_BYTES);
    try (SharedWeights weights = open(cache, "digest")) {
      weights.preload();
      String name = shapes.keySet().iterator().next();
      try (WeightLease lease = weights.lease(List.of(name))) {
        long rest = LAYERS * LAYER_BYTES - LAYER_BYTES / 2;
        cache.budget().reserve("a pass", rest, 0).close();
        assertArrayEquals(values.get(name), lease.get(name).toFloatArray());
        assertEquals(LAYER_BYTES / 2, cache.models().getFirst().residentBytes());
      }
      values.keySet().forEach(other -> requireValues(weights, other));
    }
  }

  @Test
  void manyThreadsReadRightNumbersWhileParametersComeAndGo() throws IOException {
    WeightCache cache = new WeightCache(4 * LAYER_BYTES, 3 * LAYER_BYTES);
    try (SharedWeights one = open(cache, "one");
        SharedWeights two = open(cache, "two")) {
      List<CompletableFuture<Void>> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Random random = new Random(t);
        threads.add(
            CompletableFuture.runAsync(
                () -> {
                  List<String> names = List.copyOf(shapes.keySet());
                  for (int i = 0; i < 500; i++) {
                    requireValues(
                        random.nextBoolean() ? one : two, names.get(random.nextInt(names.size())));
                    if (i % 50 == 0) {
                      cache.budget().reserve("a pass", 3 * LAYER_BYTES, 30_000).close();
                    }
                  }
                }));
      }
      threads.forEach(CompletableFuture::join);
      assertTrue(cache.budget().usage().peakBytes() <= 4 * LAYER_BYTES);
    }
    assertEquals(0, cache.budget().usage().reservedBytes());
  }
}
