package org.rapidin.attribution.batch;

import org.rapidin.attribution.gradient.TensorSink;
import org.rapidin.attribution.sketch.GradientSketch;

/**
 * The sketches of the rows of one batch, while their gradients arrive tensor by tensor. Belongs to
 * one thread.
 */
public interface BatchSketch extends AutoCloseable {

  /** Where the gradient of a tensor goes, and how it is scaled. */
  interface Placement {
    /** Returns where in the vector that is sketched the gradient of a tensor begins. */
    long position(int parameter);

    /**
     * Returns what the gradient of a tensor is multiplied with; 0 leaves it out. Asked once for
     * each row and tensor.
     *
     * @param norm L2 norm of the gradient; not finite if a number is not
     */
    float factor(int row, int parameter, double norm);
  }

  /** Takes gradients, once each. */
  TensorSink sink(Placement placement);

  /** Returns a row's sketch, length K; once, because its memory is released. */
  float[] finish(int row);

  /** Gives back what the batch has on a device. */
  @Override
  void close();

  /** A batch that is sketched in main memory. */
  static BatchSketch inMainMemory(GradientSketch sketch, int rows) {
    return new HostBatchSketch(sketch, rows);
  }
}
