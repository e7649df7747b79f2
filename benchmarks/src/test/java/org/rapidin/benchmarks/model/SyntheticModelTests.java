package org.rapidin.benchmarks.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;

/** The plugin's reader finds in the files what the shape says. */
class SyntheticModelTests {
  @TempDir private Path models;

  @ParameterizedTest
  @ValueSource(strings = {"F16", "BF16"})
  void theReaderFindsEveryTensor(String type) throws IOException {
    ModelShape shape = new ModelShape("tiny", 16, 2, 4, 2, 4, 24, 32, type);
    new SyntheticModel(shape).writeTo(models);
    ModelDirectory directory = ModelDirectory.open(models, "tiny");
    try (TensorSource weights = directory.openWeights();
        TensorSource adapter = directory.openAdapter(SyntheticModel.ADAPTER)) {
      assertShapes(shape.tensors(), weights);
      assertShapes(shape.adapterTensors(), adapter);
      float[] norm = read(weights, "model.norm.weight", 16);
      float[] ones = new float[16];
      Arrays.fill(ones, 1);
      assertArrayEquals(ones, norm);
      float[] table = read(weights, "model.embed_tokens.weight", 512);
      double squares = 0;
      for (float value : table) {
        squares += (double) value * value;
      }
      assertEquals(0.02, Math.sqrt(squares / 512), 0.002);
    }
  }

  @Test
  void smollmHas135MillionParametersAndItsAdapter2Point4() {
    assertEquals(134_515_008, count(ModelShape.SMOLLM_135M.tensors()));
    assertEquals(2_442_240, count(ModelShape.SMOLLM_135M.adapterTensors()));
  }

  @Test
  void llamaHas1Point2BillionParameters() {
    assertEquals(1_235_814_400, count(ModelShape.LLAMA_1B.tensors()));
  }

  @Test
  void aTextHasAsManyWordsAsTokens() {
    String text = new SyntheticModel(ModelShape.SMOLLM_135M).text(new Random(1), 300);
    assertEquals(300, text.split(" ").length);
    assertTrue(text.matches("(t[1-9]\\d*( |$))+"), text);
  }

  private static void assertShapes(Map<String, long[]> expected, TensorSource found) {
    assertEquals(expected.keySet(), found.names());
    expected.forEach((name, shape) -> assertArrayEquals(shape, found.info(name).shape(), name));
  }

  private static long count(Map<String, long[]> tensors) {
    return tensors.values().stream()
        .mapToLong(shape -> Arrays.stream(shape).reduce(1, (a, b) -> a * b))
        .sum();
  }

  private static float[] read(TensorSource source, String name, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment memory = arena.allocate(ValueLayout.JAVA_FLOAT, count);
      source.readFloats(name, 0, memory);
      return memory.toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
