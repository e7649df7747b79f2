package org.rapidin.attribution.error;

import java.util.List;

/**
 * The error of two-sided projections of layers, {@code P_o·G·P_iᵀ} with independent random P_o and
 * P_i, the same ones at each checkpoint and others in each layer: the sum of the layers' variances,
 * as {@link ProjectedProducts} estimates them without bias.
 *
 * @param layers of a checkpoint, at least one
 * @param checkpoints that a vector has numbers of, one after the other
 * @param stride numbers of a checkpoint
 */
public record OfProjections(List<ProjectedLayer> layers, int checkpoints, int stride)
    implements CompressionError {
  public OfProjections {
    layers = List.copyOf(layers);
    int last = layers.stream().mapToInt(ProjectedLayer::to).max().orElse(0);
    if (last == 0 || last > stride || checkpoints < 1) {
      throw new IllegalArgumentException(
          "%s layers do not fit into %s checkpoints of %s numbers"
              .formatted(layers.size(), checkpoints, stride));
    }
  }

  /**
   * Estimates the variance of ⟨u, v⟩.
   *
   * @param u as long as all checkpoints together, or longer
   */
  double variance(float[] u, float[] v) {
    double sum = 0;
    for (ProjectedLayer layer : layers) {
      sum += new ProjectedProducts(layer, u, v, checkpoints, stride).variance();
    }
    return Math.max(0, sum);
  }
}
