package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * The parameters of a base model, leased a layer at a time, so that an implementation need not keep
 * all of them in memory. Safe for several threads.
 */
public interface DecoderWeights extends AutoCloseable {

  /** What parameters there are. */
  ModelLayout layout();

  /**
   * Leases the parameters of one decoder layer.
   *
   * @param index from 0
   */
  Lease layer(int index);

  /** Leases the embedding's parameter. */
  Lease embedding();

  /** Leases the parameters after the layers: final normalization and head. */
  Lease head();

  /** Owner of small constants that live as long as the weights. */
  NDManager manager();

  /** Frees all arrays, after the last lease was closed. A second call does nothing. */
  @Override
  void close();

  /** Parameters that stay in memory until the lease is closed. Belongs to one thread. */
  interface Lease extends AutoCloseable {

    /**
     * A leased parameter, float32.
     *
     * @param name its Hugging Face name, one of the lease's part of the model
     */
    NDArray get(String name);

    /** Releases the parameters. */
    @Override
    void close();
  }
}
