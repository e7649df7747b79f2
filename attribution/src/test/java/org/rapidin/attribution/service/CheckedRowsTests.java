package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.SketchCompressor;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.TensorGradient.Dense;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

class CheckedRowsTests {
  private static final List<Parameter> TWO =
      List.of(new Parameter("a", List.of(2L), 2), new Parameter("b", List.of(1L), 1));

  private static CheckedRows withTwoCheckpoints() {
    GradientLayout layout =
        new GradientLayout(
            TWO.stream().map(p -> new GradientLayout.Tensor(p.name(), p.shape(), true)).toList(),
            2);
    Compressor compressor = SketchCompressor.inMainMemory(new PlainConcatenation(6), layout);
    return compressor.compute(
        1, vectors -> new CheckedRows(vectors, TWO, (checkpoint, parameter, norm) -> 1, 1));
  }

  private static Dense gradient(NDManager manager, int parameter, float... values) {
    Shape shape = new Shape(1, values.length);
    return new Dense(parameter, 0, TorchMemory.floats(manager, shape, values));
  }

  @Test
  void tensorsOfAllCheckpointsAreConcatenated() {
    CheckedRows rows = withTwoCheckpoints();
    try (NDManager manager = TestRuntime.get().newManager()) {
      for (int checkpoint = 0; checkpoint < 2; checkpoint++) {
        TensorSink sink = rows.checkpoint(checkpoint);
        sink.accept(gradient(manager, 1, 30 + checkpoint));
        sink.accept(gradient(manager, 0, 10 + checkpoint, 20 + checkpoint));
      }
    }
    assertTrue(rows.fault(0).isEmpty());
    assertArrayEquals(new float[] {10, 20, 30, 11, 21, 31}, rows.finish(0));
  }

  @Test
  void aRowThatLacksATensorIsAnErrorAndNotAVector() {
    CheckedRows rows = withTwoCheckpoints();
    try (NDManager manager = TestRuntime.get().newManager()) {
      TensorSink sink = rows.checkpoint(0);
      sink.accept(gradient(manager, 0, 1, 2));
    }
    IllegalStateException fault = assertThrows(IllegalStateException.class, () -> rows.fault(0));
    assertTrue(fault.getMessage().contains("1 tensors arrived for row 0, 2"), fault.getMessage());
    assertThrows(IllegalStateException.class, () -> rows.finish(0));
  }
}
