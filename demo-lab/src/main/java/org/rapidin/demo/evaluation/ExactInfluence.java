package org.rapidin.demo.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.rapidin.attribution.gradient.DenseRows;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Inner products of uncompressed gradients, each tensor's divided by its norm, for one adapter. The
 * caller adds the influences of several adapters.
 */
final class ExactInfluence {
  private static final int BATCH = 16;

  private final NDManager manager;
  private final GradientComputer computer;
  private final long[] positions;

  ExactInfluence(NDManager manager, GradientComputer computer) {
    this.manager = manager;
    this.computer = computer;
    long[] sizes = computer.parameters().stream().mapToLong(p -> p.size()).toArray();
    positions = new long[sizes.length + 1];
    for (int i = 0; i < sizes.length; i++) {
      positions[i + 1] = positions[i] + sizes[i];
    }
  }

  /**
   * Computes all inner products.
   *
   * @return influences, queries × documents
   */
  float[][] influences(List<WeightedSequence> queries, List<WeightedSequence> documents) {
    float[][] influences = new float[queries.size()][documents.size()];
    try (NDManager arrays = manager.newSubManager()) {
      NDArray wanted = gradients(arrays, queries);
      for (int from = 0; from < documents.size(); from += BATCH) {
        List<WeightedSequence> batch =
            documents.subList(from, Math.min(from + BATCH, documents.size()));
        try (NDManager block = arrays.newSubManager();
            NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          float[] products = wanted.matMul(gradients(block, batch).transpose()).toFloatArray();
          for (int query = 0; query < queries.size(); query++) {
            System.arraycopy(products, query * batch.size(), influences[query], from, batch.size());
          }
        }
      }
    }
    return influences;
  }

  /** Returns normalized gradients, [samples, P]. */
  private NDArray gradients(NDManager owner, List<WeightedSequence> samples) {
    List<float[]> rows = new ArrayList<>();
    int length = Math.toIntExact(positions[positions.length - 1]);
    samples.forEach(sample -> rows.add(new float[length]));
    for (int from = 0; from < samples.size(); from += BATCH) {
      int first = from;
      computer.compute(
          samples.subList(from, Math.min(from + BATCH, samples.size())),
          new DenseRows(
              (row, parameter, gradient) ->
                  putNormalized(gradient, rows.get(first + row), (int) positions[parameter])));
    }
    float[] all = new float[Math.multiplyExact(samples.size(), length)];
    for (int row = 0; row < samples.size(); row++) {
      System.arraycopy(rows.get(row), 0, all, row * length, length);
    }
    return TorchMemory.floats(owner, new Shape(samples.size(), length), all);
  }

  private static void putNormalized(MemorySegment gradient, float[] row, int position) {
    float[] values = gradient.toArray(ValueLayout.JAVA_FLOAT);
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    double norm = Math.sqrt(squares);
    for (int i = 0; i < values.length; i++) {
      row[position + i] = norm == 0 ? 0 : (float) (values[i] / norm);
    }
  }
}
