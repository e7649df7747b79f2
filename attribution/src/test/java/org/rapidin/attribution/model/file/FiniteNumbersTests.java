package org.rapidin.attribution.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FiniteNumbersTests {
  @TempDir Path folder;

  /** Two tensors of four elements; the bits of element 2 of the second are given. */
  private Path write(String type, int width, long bits) throws IOException {
    int size = 4 * width;
    byte[] header =
        ("{\"a\":{\"dtype\":\"%s\",\"shape\":[4],\"data_offsets\":[0,%s]},"
                + "\"b\":{\"dtype\":\"%s\",\"shape\":[2,2],\"data_offsets\":[%s,%s]}}")
            .formatted(type, size, type, size, 2 * size)
            .getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.allocate(8 + header.length + 2 * size);
    file.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).put(header);
    int at = file.position() + size + 2 * width;
    if (width == 4) {
      file.putInt(at, (int) bits);
    } else {
      file.putShort(at, (short) bits);
    }
    return Files.write(folder.resolve("model.safetensors"), file.array());
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 4, 7FC00000",
    "F32, 4, 7F800000",
    "F32, 4, FF800000",
    "F32, 4, 7F800001",
    "F16, 2, 7C00",
    "F16, 2, FE00",
    "BF16, 2, 7F80",
    "BF16, 2, FFC0"
  })
  void aNumberThatIsNotFiniteIsNamed(String type, int width, String bits) throws IOException {
    try (SafetensorsFile file =
        SafetensorsFile.open(write(type, width, Long.parseLong(bits, 16)))) {
      assertEquals(
          "model.safetensors: tensor [b] holds NaN or infinity, first at element 2 of 4: every"
              + " gradient would be useless; train or export the weights again",
          assertThrows(IllegalArgumentException.class, () -> FiniteNumbers.require(file, List.of()))
              .getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 4, 7F7FFFFF",
    "F32, 4, FF7FFFFF",
    "F16, 2, 7BFF",
    "BF16, 2, 7F7F",
    "I32, 4, 7FC00000"
  })
  void theLargestFiniteNumbersPass(String type, int width, String bits) throws IOException {
    try (SafetensorsFile file =
        SafetensorsFile.open(write(type, width, Long.parseLong(bits, 16)))) {
      FiniteNumbers.require(file, List.of());
    }
  }

  @Test
  void shardsAreNamedByTheirFile() throws IOException {
    write("F32", 4, 0x7F800000L);
    Path index =
        Files.writeString(
            folder.resolve("model.safetensors.index.json"),
            "{\"weight_map\": {\"a\": \"model.safetensors\", \"b\": \"model.safetensors\"}}");
    try (ShardedSafetensors shards = ShardedSafetensors.open(index, folder::resolve)) {
      assertEquals("model.safetensors", shards.file("b"));
    }
  }
}
