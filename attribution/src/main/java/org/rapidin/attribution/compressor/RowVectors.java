package org.rapidin.attribution.compressor;

import org.rapidin.attribution.gradient.TensorSink;

/**
 * The vectors of the rows of one batch, while their gradients arrive tensor by tensor. Belongs to
 * one thread.
 */
public interface RowVectors extends AutoCloseable {

  /** How the gradient of a tensor is scaled before it is compressed. */
  @FunctionalInterface
  interface Scale {
    /**
     * Returns what the gradient of a tensor is multiplied with; 0 leaves it out. Asked once for
     * each row and tensor.
     *
     * @param norm L2 norm of the gradient; not finite if a number is not
     */
    float factor(int row, int parameter, double norm);
  }

  /**
   * Takes the gradients of one checkpoint, all tensors of all rows, once each. An inner product of
   * two vectors stands for the sum over checkpoints of the inner products of their gradients.
   */
  TensorSink checkpoint(int checkpoint, Scale scale);

  /** Returns a row's vector, float32, length K; once, because its memory is released. */
  float[] finish(int row);

  /** Gives back what the batch has on a device. */
  @Override
  void close();
}
