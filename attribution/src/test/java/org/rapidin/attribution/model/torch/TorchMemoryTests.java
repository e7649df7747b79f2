package org.rapidin.attribution.model.torch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchMemoryTests {

  @ParameterizedTest
  @CsvSource({"1,10", "3,4", "5,2", "9,2", "10,1", "1000,1"})
  void anArrayIsFilledPieceByPiece(long pieceElements, int pieces) {
    float[] wanted = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    MemorySegment numbers = MemorySegment.ofArray(wanted);
    List<Long> starts = new ArrayList<>();
    TorchMemory.Filler filler =
        (from, piece) -> {
          starts.add(from);
          MemorySegment part = numbers.asSlice(from * Float.BYTES, piece.byteSize());
          MemorySegment.copy(
              part,
              ValueLayout.JAVA_FLOAT,
              0,
              piece,
              ValueLayout.JAVA_FLOAT,
              0,
              part.byteSize() / 4);
        };
    try (NDManager manager = TestRuntime.get().newManager()) {
      NDArray array = TorchMemory.floats(manager, new Shape(2, 5), filler, pieceElements);
      assertArrayEquals(wanted, array.toFloatArray());
      assertEquals(pieces, starts.size());
      assertEquals(1, manager.getManagedArrays().size(), "views of pieces are closed");
    }
  }
}
