package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.fused.FusedHead;

/** Runs the layers of one pass, up and then down. Belongs to one thread. */
interface LayerRunner extends AutoCloseable {

  /**
   * Runs a layer without a graph.
   *
   * @param stream [B, T, hidden]; stays with the caller
   * @return [B, T, hidden], not registered in any scope
   */
  NDArray forward(int index, NDArray stream);

  /**
   * Runs a layer backward for each seed and hands on the gradients of its selected parameters.
   *
   * @param input what {@link #forward} was given; stays with the caller
   * @param seeds gradients at the layer's output; closed
   * @param deeper whether gradients at the layer's input are needed
   * @return gradients at the layer's input, not registered in any scope
   */
  List<Seed> backward(int index, NDArray input, List<Seed> seeds, boolean deeper);

  /**
   * Runs the final normalization and the head forward and backward, if this runner can.
   *
   * @param stream [B, T, hidden], the last layer's output; stays with the caller
   * @param rows of the sink, one per entry of its head starts
   * @return empty if the head is left to {@link HeadPass}
   */
  Optional<HeadDeltas> head(NDArray stream, LossPositions positions, PassRows rows);

  /**
   * Runs the final normalization and the head and hands on the factors of the head's own gradient,
   * if this runner can.
   *
   * @param stream [B, T, hidden], the last layer's output; stays with the caller
   * @return the predictions' losses, in nats; empty if the head is left to {@link HeadAlone}
   */
  Optional<float[]> headAlone(NDArray stream, LossPositions positions, FusedHead.Factors factors);

  /** Frees what was kept on the way up. */
  @Override
  void close();
}
