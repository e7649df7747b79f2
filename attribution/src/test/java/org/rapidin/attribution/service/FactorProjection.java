package org.rapidin.attribution.service;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compressor.Compressor;
import org.rapidin.attribution.compressor.RowVectors;
import org.rapidin.attribution.gradient.TensorGradient;
import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.model.torch.TorchMemory;

/**
 * Projects the factors of linear layers and never forms a gradient, as LoGra does: tensor t of a
 * row becomes A·(δᵀx)·Bᵀ, computed as (Aδᵀ)(xBᵀ), of {@value #RANK} × {@value #RANK} numbers.
 */
final class FactorProjection implements Compressor {
  static final int RANK = 3;

  private final NDManager manager;
  private final GradientLayout layout;

  FactorProjection(NDManager manager, GradientLayout layout) {
    this.manager = manager;
    this.layout = layout;
  }

  /** A or B of a tensor, [{@value #RANK}, its rows or columns]. */
  static float[] matrix(GradientLayout layout, int tensor, int side) {
    SplittableRandom random = new SplittableRandom(2L * tensor + side);
    int width = Math.toIntExact(layout.tensors().get(tensor).shape().get(side));
    float[] matrix = new float[RANK * width];
    for (int i = 0; i < matrix.length; i++) {
      matrix[i] = (float) random.nextGaussian();
    }
    return matrix;
  }

  private NDArray matrix(int tensor, int side) {
    Tensor shape = layout.tensors().get(tensor);
    return TorchMemory.floats(
        manager, new Shape(RANK, shape.shape().get(side)), matrix(layout, tensor, side));
  }

  @Override
  public <T> T compute(int rows, Function<RowVectors, T> work) {
    return work.apply(new Products(rows));
  }

  @Override
  public String place() {
    return "where torch has the factors";
  }

  @Override
  public void close() {}

  private final class Products implements RowVectors {
    private final float[][] vectors;

    Products(int rows) {
      vectors = new float[rows][RANK * RANK * layout.tensors().size()];
    }

    @Override
    public TensorSink checkpoint(int checkpoint, Scale scale) {
      return gradient -> add((TensorGradient.Outer) gradient, scale);
    }

    private void add(TensorGradient.Outer outer, Scale scale) {
      int tensor = outer.parameter();
      NDArray left = matrix(tensor, 0).matMul(outer.delta().transpose(0, 2, 1));
      NDArray right = outer.input().matMul(matrix(tensor, 1).transpose());
      MemorySegment products = TorchMemory.view(left.matMul(right));
      // ‖δᵀx‖² is the sum of the products of both factors' Gram matrices.
      NDArray deltas = outer.delta().matMul(outer.delta().transpose(0, 2, 1));
      NDArray inputs = outer.input().matMul(outer.input().transpose(0, 2, 1));
      float[] squares = deltas.mul(inputs).sum(new int[] {1, 2}).toFloatArray();
      for (int r = 0; r < squares.length; r++) {
        int row = outer.firstRow() + r;
        float factor = scale.factor(row, tensor, Math.sqrt(squares[r]));
        for (int i = 0; i < RANK * RANK; i++) {
          float number = products.getAtIndex(ValueLayout.JAVA_FLOAT, (long) r * RANK * RANK + i);
          vectors[row][tensor * RANK * RANK + i] += factor * number;
        }
      }
    }

    @Override
    public float[] finish(int row) {
      return vectors[row];
    }

    @Override
    public void close() {}
  }
}
