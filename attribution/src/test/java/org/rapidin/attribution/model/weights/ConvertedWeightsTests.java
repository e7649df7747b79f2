package org.rapidin.attribution.model.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.model.decoder.ParameterShape.Role;
import org.rapidin.attribution.model.file.ModelFiles;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorInfo;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.file.TensorType;
import org.rapidin.attribution.model.torch.TestRuntime;

/** What reading a model's files leaves in memory besides the arrays. */
class ConvertedWeightsTests {
  private static final int LAYERS = 8;
  private static final int WIDTH = 512;
  private static final long MATRIX_BYTES = (long) WIDTH * WIDTH * Float.BYTES;
  private static final String TABLE = "model.embed_tokens.weight";

  @TempDir Path folder;
  private final ModelLayout layout = layout();

  private static ModelLayout layout() {
    ModelLayout.Builder builder = new ModelLayout.Builder();
    builder.add(TABLE, Role.TABLE, ParameterShape.OUTSIDE, WIDTH, WIDTH);
    for (int layer = 0; layer < LAYERS; layer++) {
      builder.add("model.layers." + layer + ".up.weight", Role.LINEAR, layer, WIDTH, WIDTH);
    }
    return builder.build(TABLE, "lm_head.weight");
  }

  private Path write(TensorType type) throws IOException {
    Path file = folder.resolve(type + ".safetensors");
    try (NDManager scratch = TestRuntime.get().newManager()) {
      Map<String, NDArray> arrays = new LinkedHashMap<>();
      for (ParameterShape parameter : layout.parameters()) {
        arrays.put(parameter.name(), scratch.ones(new Shape(WIDTH, WIDTH)));
      }
      ModelFiles.write(file, arrays, arrays.keySet(), type);
    }
    return file;
  }

  /** A file that notes what is read. */
  private record Noted(TensorSource file, List<String> read) implements TensorSource {
    @Override
    public Set<String> names() {
      return file.names();
    }

    @Override
    public TensorInfo info(String name) {
      return file.info(name);
    }

    @Override
    public String file(String name) {
      return file.file(name);
    }

    @Override
    public <T> T read(String name, Function<MemorySegment, T> reader) {
      return file.read(name, reader);
    }

    @Override
    public boolean isCurrent() {
      return file.isCurrent();
    }

    @Override
    public void readFloats(String name, long from, MemorySegment target) {
      read.add(name);
      file.readFloats(name, from, target);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }

  /** No memory is reserved for what would be converted and freed at once. */
  @Test
  void parametersThatMayNotStayAreNotReadAhead() throws IOException {
    List<String> read = new ArrayList<>();
    Path path = write(TensorType.F32);
    WeightCache cache = new WeightCache(100 * MATRIX_BYTES, MATRIX_BYTES);
    try (SharedWeights weights =
        cache.open(
            "digest",
            "model",
            TestRuntime.get(),
            () -> new Noted(SafetensorsFile.open(path), read),
            layout)) {
      weights.preload();
      assertEquals(Set.of(TABLE), Set.copyOf(read));
    }
  }

  /** Neither in half precision next to the arrays, nor in single precision more than once. */
  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void aFileThatHasBeenConvertedTakesNoMemory(TensorType type) throws IOException {
    Path path = write(type);
    long all = (LAYERS + 1) * MATRIX_BYTES;
    WeightCache cache = new WeightCache(2 * all, all);
    try (SharedWeights weights =
        cache.open(
            "digest", "model", TestRuntime.get(), () -> SafetensorsFile.open(path), layout)) {
      weights.preload();
      assertTrue(weights.isResident());
      assertEquals(all, cache.budget().usage().reservedBytes());
      try (DecoderWeights.Lease lease = weights.layer(LAYERS - 1)) {
        float[] ones = lease.get("model.layers.7.up.weight").toFloatArray();
        assertArrayEquals(new float[] {1, 1}, new float[] {ones[0], ones[ones.length - 1]});
      }
      long mapped = residentBytes(path);
      // The pages of the header, and those that two tensors share.
      assertTrue(mapped < MATRIX_BYTES / 2, "%s bytes of %s".formatted(mapped, path));
    }
  }

  /** Resident memory of all mappings of a file. */
  private static long residentBytes(Path file) throws IOException {
    long kilobytes = 0;
    boolean mapping = false;
    boolean found = false;
    for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
      if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) {
        mapping = line.endsWith(file.toRealPath().toString());
        found |= mapping;
      } else if (mapping && line.startsWith("Rss:")) {
        kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    assertTrue(found, "%s is not mapped".formatted(file));
    return kilobytes << 10;
  }
}
