package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.memory.MemoryLimitException;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;
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
  private static final long TABLE_BYTES = (long) WIDTH * WIDTH * Float.BYTES;

  /** Five layers, and a table of half a layer that is embedding and head. */
  private static final long MODEL_BYTES = LAYERS * LAYER_BYTES + TABLE_BYTES;

  @TempDir Path folder;
  private final Map<String, float[]> values = new LinkedHashMap<>();
  private ModelLayout layout;

  @BeforeEach
  void makeValues() {
    ModelLayout.Builder builder = new ModelLayout.Builder();
    Random random = new Random(4);
    add(builder, "model.embed_tokens.weight", Role.TABLE, ParameterShape.OUTSIDE, random);
    for (int layer = 0; layer < LAYERS; layer++) {
      add(builder, "model.layers." + layer + ".up.weight", Role.LINEAR, layer, random);
      add(builder, "model.layers." + layer + ".down.weight", Role.LINEAR, layer, random);
    }
    layout = builder.build("model.embed_tokens.weight", "lm_head.weight");
  }

  private void add(ModelLayout.Builder builder, String name, Role role, int layer, Random random) {
    float[] tensor = new float[WIDTH * WIDTH];
    for (int i = 0; i < tensor.length; i++) {
      // Exact in float16 and bfloat16, so that every stored type gives these very numbers.
      tensor[i] = (random.nextInt(255) - 127) / 64f;
    }
    values.put(name, tensor);
    builder.add(name, role, layer, WIDTH, WIDTH);
  }

  private Path write(TensorType type) throws IOException {
    Path file = folder.resolve(type + ".safetensors");
    if (!Files.exists(file)) {
      try (NDManager scratch = TestRuntime.get().newManager()) {
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
    return open(cache, digest, TensorType.BF16);
  }

  private SharedWeights open(WeightCache cache, String digest, TensorType type) throws IOException {
    Path file = write(type);
    return cache.open(digest, "model", TestRuntime.get(), () -> SafetensorsFile.open(file), layout);
  }

  private void requireValues(DecoderWeights weights) {
    require(weights.embedding(), ParameterShape.OUTSIDE);
    for (int layer = 0; layer < LAYERS; layer++) {
      require(weights.layer(layer), layer);
    }
    require(weights.head(), ParameterShape.OUTSIDE);
  }

  private void require(DecoderWeights.Lease lease, int layer) {
    try (NDScope scope = new NDScope();
        lease) {
      scope.suppressNotUsedWarning();
      for (ParameterShape parameter : layout.layer(layer)) {
        String name = parameter.name();
        assertArrayEquals(values.get(name), lease.get(name).toFloatArray(), name);
      }
    }
  }

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
