package org.rapidin.attribution.service;

import java.util.List;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.weights.WeightCache;

/**
 * Native memory that a {@link GradientService} holds.
 *
 * @param usage reserved bytes and their limit, passes and weights together
 * @param weightLimitBytes of the weights that stay in memory between passes
 * @param evictions parameters that were freed to make room
 * @param models whose weights are open
 * @param digests of model files that are being computed
 */
public record NativeStats(
    MemoryBudget.Usage usage,
    long weightLimitBytes,
    long evictions,
    List<WeightCache.Model> models,
    List<FileDigests.Progress> digests) {
  public NativeStats {
    models = List.copyOf(models);
    digests = List.copyOf(digests);
  }
}
