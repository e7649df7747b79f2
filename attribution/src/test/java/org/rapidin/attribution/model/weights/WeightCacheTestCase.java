package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;
import org.rapidin.attribution.model.file.ModelFiles;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorType;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A model of five layers whose numbers are exact in every stored type. */
abstract class WeightCacheTestCase {
  static final int LAYERS = 5;
  static final int WIDTH = 64;
  static final long LAYER_BYTES = 2L * WIDTH * WIDTH * Float.BYTES;
  static final long TABLE_BYTES = (long) WIDTH * WIDTH * Float.BYTES;

  /** Five layers, and a table of half a layer that is embedding and head. */
  static final long MODEL_BYTES = LAYERS * LAYER_BYTES + TABLE_BYTES;

  @TempDir Path folder;
  final Map<String, float[]> values = new LinkedHashMap<>();
  ModelLayout layout;

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

  void add(ModelLayout.Builder builder, String name, Role role, int layer, Random random) {
    float[] tensor = new float[WIDTH * WIDTH];
    for (int i = 0; i < tensor.length; i++) {
      // Exact in float16 and bfloat16, so that every stored type gives these very numbers.
      tensor[i] = (random.nextInt(255) - 127) / 64f;
    }
    values.put(name, tensor);
    builder.add(name, role, layer, WIDTH, WIDTH);
  }

  Path write(TensorType type) throws IOException {
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

  SharedWeights open(WeightCache cache, String digest) throws IOException {
    return open(cache, digest, TensorType.BF16);
  }

  SharedWeights open(WeightCache cache, String digest, TensorType type) throws IOException {
    Path file = write(type);
    return cache.open(digest, "model", TestRuntime.get(), () -> SafetensorsFile.open(file), layout);
  }

  void requireValues(DecoderWeights weights) {
    require(weights.embedding(), ParameterShape.OUTSIDE);
    for (int layer = 0; layer < LAYERS; layer++) {
      require(weights.layer(layer), layer);
    }
    require(weights.head(), ParameterShape.OUTSIDE);
  }

  void require(DecoderWeights.Lease lease, int layer) {
    try (NDScope scope = new NDScope();
        lease) {
      scope.suppressNotUsedWarning();
      for (ParameterShape parameter : layout.layer(layer)) {
        String name = parameter.name();
        assertArrayEquals(values.get(name), lease.get(name).toFloatArray(), name);
      }
    }
  }
}
