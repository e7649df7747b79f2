package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Gradients of [vocabulary, hidden] tables per row: of the head, of the embedding, and of one table
 * that is both. A table is large, so one row's is in memory at a time.
 */
final class TableGradients {
  private final NDManager manager;
  private final Shape shape;
  private final List<long[]> sequences;

  /**
   * @param manager owns scratch arrays
   * @param shape [vocabulary, hidden]
   * @param sequences token ids of the pass's rows
   */
  TableGradients(NDManager manager, Shape shape, List<long[]> sequences) {
    this.manager = manager;
    this.shape = shape;
    this.sequences = sequences;
  }

  /**
   * @param head where the head was tapped, [N, hidden] to [N, vocabulary], or null if the table is
   *     not the head
   * @param embedding where the embedding was tapped, or null if the table is not the embedding
   */
  void emit(
      int parameter,
      TapRecorder.Tap head,
      TapRecorder.Tap embedding,
      PassRows rows,
      GradientSink sink) {
    for (int row = 0; row < rows.count(); row++) {
      try (NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        NDArray table = head == null ? zeros() : headPart(head, rows, row);
        MemorySegment gradient = TorchMemory.view(table);
        if (embedding != null) {
          NDArray delta = embedding.delta().get(row);
          int steps = Math.min(rows.steps(), sequences.get(row).length);
          addRows(gradient, TorchMemory.view(delta), sequences.get(row), steps);
        }
        sink.accept(rows.first() + row, parameter, gradient);
      }
    }
  }

  private NDArray zeros() {
    return manager.zeros(shape, DataType.FLOAT32);
  }

  private static NDArray headPart(TapRecorder.Tap head, PassRows rows, int row) {
    String range = rows.headStarts()[row] + ":" + rows.headStarts()[row + 1];
    return head.delta().get(range).transpose().matMul(head.input().get(range));
  }

  /** Adds δ of each position to the table's row of its token; torch has no such operation here. */
  private void addRows(MemorySegment table, MemorySegment delta, long[] ids, int steps) {
    int width = Math.toIntExact(shape.get(1));
    for (int t = 0; t < steps; t++) {
      for (int i = 0; i < width; i++) {
        long at = ids[t] * width + i;
        float sum =
            table.getAtIndex(ValueLayout.JAVA_FLOAT, at)
                + delta.getAtIndex(ValueLayout.JAVA_FLOAT, (long) t * width + i);
        table.setAtIndex(ValueLayout.JAVA_FLOAT, at, sum);
      }
    }
  }
}
