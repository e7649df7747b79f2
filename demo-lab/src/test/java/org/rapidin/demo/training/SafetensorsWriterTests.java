package org.rapidin.demo.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rapidin.attribution.model.file.SafetensorsFile;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TorchMemory;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.training.SafetensorsWriter.Precision;

class SafetensorsWriterTests {
  @TempDir private Path directory;

  @Test
  void theStrictReaderReadsWhatWasWritten() throws IOException {
    float[] exact = {0.5f, -2, 3, 1024, -0.25f, 0};
    for (Precision precision : Precision.values()) {
      Path file = directory.resolve(precision + ".safetensors");
      try (NDManager manager = DemoFiles.startTorch(1).newManager()) {
        Map<String, NDArray> tensors = new LinkedHashMap<>();
        tensors.put("first", TorchMemory.floats(manager, new Shape(2, 3), exact));
        tensors.put("second", TorchMemory.floats(manager, new Shape(1), new float[] {7}));
        SafetensorsWriter.write(file, tensors, precision);
      }
      try (TensorSource source = SafetensorsFile.open(file)) {
        assertEquals(List.of("first", "second"), List.copyOf(source.names()));
        assertArrayEquals(new long[] {2, 3}, source.info("first").shape());
        float[] read = new float[6];
        source.readFloats("first", 0, MemorySegment.ofArray(read));
        assertArrayEquals(exact, read);
      }
    }
  }

  @Test
  void halfPrecisionRoundsToNearest() throws IOException {
    Path file = directory.resolve("half.safetensors");
    try (NDManager manager = DemoFiles.startTorch(1).newManager()) {
      NDArray tensor = TorchMemory.floats(manager, new Shape(1), new float[] {0.1f});
      SafetensorsWriter.write(file, Map.of("x", tensor), Precision.F16);
    }
    try (TensorSource source = SafetensorsFile.open(file)) {
      float[] read = new float[1];
      source.readFloats("x", 0, MemorySegment.ofArray(read));
      assertEquals(Float.float16ToFloat(Float.floatToFloat16(0.1f)), read[0]);
    }
  }
}
