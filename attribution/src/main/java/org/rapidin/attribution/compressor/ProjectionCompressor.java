package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Projects each linear layer's gradient, wherever torch has it. A vector has a block of k_o·k_i
 * numbers, row-major, for each layer of each checkpoint, and zeros after the last block.
 */
final class ProjectionCompressor implements Compressor {
  private final NDManager manager;
  private final GradientLayout layout;
  private final List<LayerProjector> projectors;
  private final int[] offsets;
  private final int dimension;
  private final Runnable release;

  /**
   * @param manager owns the arrays of the projectors; closed with this
   * @param blocks of the layers, in the order of the layout
   * @param projectors makes that of a layer
   * @param dimension at least the numbers of all blocks
   * @param release runs when this is closed
   */
  ProjectionCompressor(
      NDManager manager,
      GradientLayout layout,
      List<Block> blocks,
      IntFunction<LayerProjector> projectors,
      int dimension,
      Runnable release) {
    this.manager = manager;
    this.layout = layout;
    this.projectors = IntStream.range(0, blocks.size()).mapToObj(projectors).toList();
    this.dimension = dimension;
    this.release = release;
    this.offsets = new int[blocks.size() + 1];
    for (int layer = 0; layer < blocks.size(); layer++) {
      offsets[layer + 1] = Math.addExact(offsets[layer], blocks.get(layer).numbers());
    }
  }

  @Override
  public <T> T compute(int rows, Function<RowVectors, T> work) {
    return work.apply(new Rows(rows));
  }

  @Override
  public String place() {
    return manager.getDevice().isGpu() ? manager.getDevice().toString() : "main memory";
  }

  @Override
  public void close() {
    manager.close();
    release.run();
  }

  private final class Rows implements RowVectors {
    private final float[][] vectors;

    Rows(int rows) {
      this.vectors = new float[rows][dimension];
    }

    @Override
    public TensorSink checkpoint(int checkpoint, Scale scale) {
      int start = checkpoint * offsets[projectors.size()];
      return gradient -> {
        if (!(gradient instanceof TensorGradient.Outer outer)) {
          throw new IllegalStateException(
              "[%s] is not the weight of a linear layer"
                  .formatted(layout.tensors().get(gradient.parameter()).name()));
        }
        int layer = outer.parameter();
        int at = start + offsets[layer];
        projectors
            .get(layer)
            .project(
                outer,
                (firstRow, projected, norms) -> put(firstRow, layer, at, projected, norms, scale));
      };
    }

    private void put(
        int firstRow, int layer, int at, NDArray projected, double[] norms, Scale scale) {
      int rows = Math.toIntExact(projected.getShape().get(0));
      int length = Math.toIntExact(projected.size() / rows);
      MemorySegment numbers = TorchMemory.view(projected);
      for (int row = 0; row < rows; row++) {
        float[] vector = vectors[firstRow + row];
        long from = (long) row * length * Float.BYTES;
        MemorySegment.copy(numbers, ValueLayout.JAVA_FLOAT, from, vector, at, length);
        double norm = norms == null ? norm(vector, at, length) : norms[row];
        float factor = scale.factor(firstRow + row, layer, norm);
        for (int i = at; i < at + length; i++) {
          vector[i] = factor == 0 ? 0 : vector[i] * factor; // 0 times NaN would be NaN
        }
      }
    }

    private static double norm(float[] numbers, int from, int length) {
      double sum = 0;
      for (int i = from; i < from + length; i++) {
        sum += (double) numbers[i] * numbers[i];
      }
      return Math.sqrt(sum);
    }

    @Override
    public float[] finish(int row) {
      float[] vector = vectors[row];
      vectors[row] = null;
      return vector;
    }

    @Override
    public void close() {}
  }
}
