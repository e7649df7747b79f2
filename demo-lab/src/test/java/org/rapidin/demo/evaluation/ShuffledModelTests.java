package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.training.SafetensorsWriter;
import org.rapidin.demo.training.SafetensorsWriter.Precision;

class ShuffledModelTests {
  private static final int SIZE = 100;

  @Test
  void everyTensorKeepsItsNumbersInAnotherOrder(@TempDir Path folder) throws IOException {
    for (Precision precision : Precision.values()) {
      Path file = folder.resolve("model.safetensors");
      try (NDManager manager = DemoFiles.startTorch(1).newManager()) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put("a", manager.arange(0f, SIZE, 1f).reshape(new Shape(10, 10)));
        tensors.put("b", manager.arange(SIZE, 2f * SIZE, 1f));
        SafetensorsWriter.write(file, tensors, precision);
      }
      byte[] before = Files.readAllBytes(file);
      byte[] after = before.clone();
      ShuffledModel.shuffle(after, new Random(1));
      int numbers = 2 * SIZE * (precision == Precision.F16 ? 2 : 4);
      int data = before.length - numbers;
      assertArrayEquals(Arrays.copyOf(before, data), Arrays.copyOf(after, data));
      assertFalse(Arrays.equals(before, after));
      for (int from : new int[] {data, data + numbers / 2}) {
        int to = from + numbers / 2;
        assertEquals(sorted(before, from, to, precision), sorted(after, from, to, precision));
      }
    }
  }

  private static String sorted(byte[] file, int from, int to, Precision precision) {
    int width = precision == Precision.F16 ? 2 : 4;
    String[] numbers = new String[(to - from) / width];
    for (int i = 0; i < numbers.length; i++) {
      byte[] number = Arrays.copyOfRange(file, from + i * width, from + (i + 1) * width);
      numbers[i] = Arrays.toString(number);
    }
    Arrays.sort(numbers);
    return Arrays.toString(numbers);
  }
}
