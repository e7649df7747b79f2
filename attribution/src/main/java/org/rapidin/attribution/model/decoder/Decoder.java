package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;

/**
 * The forward pass of a model in float32, layer by layer, so that a gradient pass can keep one
 * layer's graph in memory at a time.
 *
 * <p>Borrows its weights; several decoders (one per adapter) may share them. Safe for several
 * threads, each with its own NDManager and NDScope around every call: intermediate arrays live
 * until that scope closes. Whether a graph is recorded is the thread's gradient mode. No operation
 * takes a Java {@code Number}; see {@link org.rapidin.attribution.model.torch.TorchMemory}.
 */
public interface Decoder {

  /** The model's shape. */
  DecoderConfig config();

  /** The base model's parameters. */
  ModelLayout layout();

  /** The adapter, where there is one. */
  Optional<LoraWeights> adapter();

  /**
   * Position tables and attention masks of one pass.
   *
   * @param manager owns them
   * @param lengths tokens of each row, or one number for all
   */
  PassContext context(NDManager manager, int... lengths);

  /**
   * Runs the embedding.
   *
   * @param ids int64, [B, T]
   * @return float32, [B, T, hidden]: the input of layer 0
   */
  NDArray embed(NDArray ids, ModuleTap tap);

  /**
   * Opens one layer; the caller closes it when the layer's forward and backward work is done.
   *
   * @param index from 0 to {@code config().layers() - 1}
   */
  DecoderLayer layer(int index);

  /** Opens what follows the last layer; the caller closes it. */
  DecoderHead head();
}
