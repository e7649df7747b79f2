package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;

/**
 * The forward pass of all layers at once, for generation and training. With the gradient mode on it
 * records one graph of the whole model, so it needs weights that are all resident.
 */
public final class WholeDecoder {
  private final Decoder decoder;

  /** A view of a decoder whose weights are resident. */
  public WholeDecoder(Decoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Runs everything below the head.
   *
   * @param manager owns position tables; intermediate arrays belong to the caller's scope
   * @param sequences as for {@link TokenBatch}; the positions of each are those of its length
   * @param tap sees every module's input and output
   * @return float32, [B, T, hidden], after the last normalization
   */
  public NDArray hidden(NDManager manager, List<long[]> sequences, ModuleTap tap) {
    NDArray ids = TokenBatch.of(manager, decoder.config(), sequences);
    int[] lengths = sequences.stream().mapToInt(sequence -> sequence.length).toArray();
    PassContext context = decoder.context(manager, lengths);
    NDArray stream = decoder.embed(ids, tap);
    for (int i = 0; i < decoder.config().layers(); i++) {
      stream = layer(i, stream, context, tap);
    }
    try (DecoderHead head = decoder.head()) {
      return head.normalize(stream, tap);
    }
  }

  /** Closes the handles of a layer's intermediate arrays; a graph keeps what it needs of them. */
  private NDArray layer(int index, NDArray stream, PassContext context, ModuleTap tap) {
    try (NDScope scope = new NDScope();
        DecoderLayer layer = decoder.layer(index)) {
      scope.suppressNotUsedWarning();
      NDArray output = layer.apply(stream, context, tap);
      NDScope.unregister(output);
      return output;
    }
  }

  /**
   * Runs the head.
   *
   * @param hidden float32, [..., hidden]; only the positions whose logits are wanted cost anything
   * @return float32, [..., vocabulary]
   */
  public NDArray logits(NDArray hidden, ModuleTap tap) {
    try (DecoderHead head = decoder.head()) {
      return head.logits(hidden, tap);
    }
  }

  /**
   * Cross-entropy per position, with its graph.
   *
   * @param logits float32, [N, vocabulary]
   * @param targets int64, [N]: the token that came
   * @return float32, [N]: -ln p(target), in nats
   */
  public static NDArray tokenLosses(NDArray logits, NDArray targets) {
    return logits.logSoftmax(1).gather(targets.expandDims(1), 1).squeeze(1).neg();
  }

  /**
   * Picks positions out of [B, T, hidden], with the graph kept.
   *
   * @param hidden float32, [B, T, hidden]
   * @param flat int64, [N]: row · T + position
   * @return float32, [N, hidden]
   */
  public static NDArray select(NDArray hidden, NDArray flat) {
    long width = hidden.getShape().get(2);
    PtNDArray table = (PtNDArray) hidden.reshape(-1, width);
    return JniUtils.embedding((PtNDArray) flat, table, false);
  }
}
