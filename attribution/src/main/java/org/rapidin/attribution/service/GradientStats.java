package org.rapidin.attribution.service;

import java.util.ArrayList;
import java.util.List;

/**
 * What a {@link GradientService} has done since it was made, and what it holds.
 *
 * @param documents that got a vector
 * @param queries that got a vector
 * @param tokens that went through a model for documents
 * @param paddedTokens tokens that their passes computed, with the padding of shorter documents
 * @param truncations documents whose end was cut off
 * @param failures documents without a vector in requests that were answered, and jobs that ended
 *     with an error; jobs that are cancelled while they run do
 * @param rejected requests that found the queue, or their user's share of it, full
 * @param waiting requests that wait or run now
 * @param computingNanos time that threads spent on requests, loading models included
 * @param models that are loaded
 */
public record GradientStats(
    long documents,
    long queries,
    long tokens,
    long paddedTokens,
    long truncations,
    long failures,
    long rejected,
    int waiting,
    long computingNanos,
    List<LoadedModel> models) {
  public GradientStats {
    models = List.copyOf(models);
  }

  /**
   * Returns these statistics with the methods of compression of the loaded models.
   *
   * @param methods one a model, in order
   */
  public GradientStats withCompressions(List<String> methods) {
    List<LoadedModel> named = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      LoadedModel model = models.get(i);
      named.add(
          new LoadedModel(
              model.fingerprint, model.model, methods.get(i), model.bytes, model.automatic));
    }
    return new GradientStats(
        documents,
        queries,
        tokens,
        paddedTokens,
        truncations,
        failures,
        rejected,
        waiting,
        computingNanos,
        named);
  }

  /**
   * An attributor whose model is loaded.
   *
   * @param fingerprint of the attributor
   * @param model directory name
   * @param compression the method, as in the attributor; empty if it is not known
   * @param bytes of native memory that its weights take
   * @param automatic whether its layers run under automatic differentiation, which is slower,
   *     because its family has no layers by hand or theirs gave other gradients
   */
  public record LoadedModel(
      String fingerprint, String model, String compression, long bytes, boolean automatic) {}
}
