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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TorchMemoryTests {

  @ParameterizedTest
  @CsvSource({
    "1,10,false",
    "3,4,false",
    "5,2,false",
    "9,2,false",
    "10,1,false",
    "1000,1,false",
    "3,4,true",
    "1000,1,true"
  })
  void anArrayIsFilledPieceByPiece(long pieceElements, int pieces, boolean staged) {
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
      NDArray array = TorchMemory.floats(manager, new Shape(2, 5), filler, pieceElements, staged);
      assertArrayEquals(wanted, array.toFloatArray());
      assertEquals(pieces, starts.size());
      assertEquals(1, manager.getManagedArrays().size(), "views of pieces are closed");
    }
  }

  @Test
  void rowsAreCopiedIntoAnArray() {
    try (NDManager manager = TestRuntime.get().newManager()) {
      NDArray array = TorchMemory.floats(manager, new Shape(4, 2), new float[8]);
      NDArray rows = TorchMemory.floats(manager, new Shape(2, 2), new float[] {1, 2, 3, 4});
      TorchMemory.copyInto(array, 1, rows);
      assertArrayEquals(new float[] {0, 0, 1, 2, 3, 4, 0, 0}, array.toFloatArray());
    }
  }

  @Test
  void numbersAreReplaced() {
    try (NDManager manager = TestRuntime.get().newManager()) {
      NDArray array = TorchMemory.floats(manager, new Shape(2, 1, 2), new float[4]);
      TorchMemory.replace(array, MemorySegment.ofArray(new float[] {1, 2, 3, 4}));
      assertArrayEquals(new float[] {1, 2, 3, 4}, array.toFloatArray());
    }
  }
}
