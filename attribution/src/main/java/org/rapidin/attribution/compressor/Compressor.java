package org.rapidin.attribution.compressor;

import java.util.function.Function;

/** Compresses batches of gradients of one attributor. Safe for many threads. */
public interface Compressor extends AutoCloseable {

  /**
   * Computes a batch. If a device fails, the work is done once more in main memory, so that no
   * vector is of two halves.
   *
   * @param rows of the batch
   * @param work computes all gradients of the batch and finishes the vectors
   */
  <T> T compute(int rows, Function<RowVectors, T> work);

  /** Returns where batches are compressed, and why in main memory if the last one should not be. */
  String place();

  /** Frees what batches have left on a device. */
  @Override
  void close();
}
