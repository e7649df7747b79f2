package org.rapidin.attribution.compressor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** A linear map of one side of a gradient: of a layer's n outputs or inputs, to k numbers. */
sealed interface ProjectedSide {

  /** Returns k. */
  long kept();

  /**
   * Maps rows.
   *
   * @param rows float32 [..., n]
   * @return [..., k]
   */
  NDArray apply(NDArray rows);

  /**
   * The product with a matrix.
   *
   * @param matrix float32 [n, k]
   */
  record Multiplied(NDArray matrix) implements ProjectedSide {
    @Override
    public long kept() {
      return matrix.getShape().get(1);
    }

    @Override
    public NDArray apply(NDArray rows) {
      long[] shape = rows.getShape().getShape().clone();
      long width = shape[shape.length - 1];
      shape[shape.length - 1] = kept();
      NDArray product = rows.reshape(rows.size() / width, width).matMul(matrix);
      return product.reshape(new Shape(shape));
    }
  }

  /**
   * All numbers, each multiplied with its factor.
   *
   * @param factors float32 [n]
   */
  record Scaled(NDArray factors) implements ProjectedSide {
    @Override
    public long kept() {
      return factors.size();
    }

    @Override
    public NDArray apply(NDArray rows) {
      return rows.mul(factors);
    }
  }

  /**
   * All numbers as they are.
   *
   * @param kept n
   */
  record Whole(long kept) implements ProjectedSide {
    @Override
    public NDArray apply(NDArray rows) {
      return rows;
    }
  }
}
