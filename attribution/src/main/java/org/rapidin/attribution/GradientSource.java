package org.rapidin.attribution;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Where the processor and the query get vectors from; whether that is this node or another is
 * nobody's business but the implementation's.
 *
 * <p>Methods never block. A stage completes exceptionally for faults that concern the whole
 * request: {@link IllegalArgumentException} (unknown attributor, bad selection), {@link
 * java.util.concurrent.RejectedExecutionException} (queue full, retry later), {@link
 * ModelUnavailableException} (no model or no native library on any node).
 */
public interface GradientSource {

  /**
   * Vectors of documents.
   *
   * @param attributor id of a registered attributor
   * @param samples at least one
   * @return one result per sample, in order
   */
  CompletionStage<List<GradientResult>> documents(String attributor, List<Sample> samples);

  /**
   * The vector of a generation.
   *
   * @param attributor id of a registered attributor
   * @param generation prompt and completion as the model saw and said them
   * @param selection the generated tokens that are asked about
   * @param perToken whether token vectors are wanted too
   */
  CompletionStage<QueryGradient> query(
      String attributor, Sample generation, TokenSelection selection, boolean perToken);
}
