package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import java.util.Objects;

/**
 * The gradient of one parameter tensor for one or more rows of a batch, in the form in which the
 * pass has it: a product that is large when multiplied out stays a pair of factors.
 *
 * <p>Arrays are float32 and valid only during {@link TensorSink#accept}.
 */
public sealed interface TensorGradient {

  /** Index into {@link GradientComputer#parameters()}. */
  int parameter();

  /** Index of the first row that it has. */
  int firstRow();

  /**
   * The weight of a linear layer: the gradient of row r is {@code delta[r]ᵀ · input[r]}, [m, n]. Of
   * a weight that is stored transposed, input and delta are each other's.
   *
   * @param delta [R, S, m], gradient at the layer's output
   * @param input [R, S, n], the layer's input
   */
  record Outer(int parameter, int firstRow, NDArray delta, NDArray input)
      implements TensorGradient {
    public Outer {
      Objects.requireNonNull(delta, "delta");
      Objects.requireNonNull(input, "input");
    }
  }

  /**
   * A tensor that is small: a norm, a bias, a matrix of an adapter.
   *
   * @param gradients [R, ...parameter's shape]
   */
  record Dense(int parameter, int firstRow, NDArray gradients) implements TensorGradient {
    public Dense {
      Objects.requireNonNull(gradients, "gradients");
    }
  }

  /**
   * An embedding, or a table of positions, of one row: the gradient of the table's row i is the sum
   * of delta where i occurs.
   *
   * @param ids rows of the table: token ids or positions, length S
   * @param delta [S, hidden], gradient at the embedding's output
   * @param vocabulary number of the table's rows
   */
  record Lookup(int parameter, int firstRow, long[] ids, NDArray delta, int vocabulary)
      implements TensorGradient {
    public Lookup {
      Objects.requireNonNull(ids, "ids");
      Objects.requireNonNull(delta, "delta");
    }
  }

  /**
   * A table that is embedding and head at once: the sum of both gradients, of one row.
   *
   * @param head of the head, [1, N, vocabulary] and [1, N, hidden]
   * @param lookup of the embedding
   */
  record Tied(Outer head, Lookup lookup) implements TensorGradient {
    public Tied {
      if (head.parameter() != lookup.parameter() || head.firstRow() != lookup.firstRow()) {
        throw new IllegalArgumentException("head and embedding are of different tensors or rows");
      }
    }

    @Override
    public int parameter() {
      return head.parameter();
    }

    @Override
    public int firstRow() {
      return head.firstRow();
    }
  }
}
