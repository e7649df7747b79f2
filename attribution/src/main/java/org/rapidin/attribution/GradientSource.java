package org.rapidin.attribution;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Computes vectors, on this node or on another.
 *
 * <p>Methods never block. Cancelling a returned future stops the computation within one layer of
 * the model. A future completes exceptionally for faults of the whole request: {@link
 * IllegalArgumentException} (bad selection), {@link
 * java.util.concurrent.RejectedExecutionException} (queue full, retry later), {@link
 * ModelUnavailableException} (no model or no native library).
 */
public interface GradientSource {

  /**
   * Computes vectors of documents.
   *
   * @param samples at least one
   * @return one result per sample, in order
   */
  CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples);

  /**
   * Computes the vector of a generation.
   *
   * @param generation prompt and completion, exactly as the model read and wrote them
   * @param selection the generated tokens that the query is about
   * @param perToken whether to compute the vectors of the selected tokens, too
   */
  CompletableFuture<QueryGradient> query(
      ResolvedAttributor attributor, Sample generation, TokenSelection selection, boolean perToken);
}
