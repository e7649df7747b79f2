package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * A vector made of the gradients of several generations. Influence is linear in the gradient, so an
 * inner product with the weighted sum is the weighted sum of the influences, at the cost of one
 * scan. Of nuisance directions U, orthonormal, the sum keeps q − U·Uᵀ·q. Belongs to one thread at a
 * time.
 */
final class CombinedGradient {
  /** What float32 leaves of a vector that is in the span of others. */
  private static final double NOTHING = 1e-5;

  private final double[] sum;
  private final List<float[]> directions = new ArrayList<>();

  /**
   * Begins with zero.
   *
   * @param dimension K
   */
  CombinedGradient(int dimension) {
    this.sum = new double[dimension];
  }

  /**
   * Computes the vector of a set, one gradient after the other, so that a search has one place in
   * the queue of the model.
   *
   * @param dimension K
   * @param gradients computes the gradient of a generation, length K
   * @return fails with {@link IllegalArgumentException} if nothing of the vector is left
   */
  static CompletableFuture<float[]> of(
      GenerationSet set,
      int dimension,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients) {
    CombinedGradient combined = new CombinedGradient(dimension);
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (InfluenceSubject.Generation nuisance : set.nuisance()) {
      all = all.thenCompose(done -> gradients.apply(nuisance)).thenAccept(combined::leaveOut);
    }
    for (GenerationSet.Weighted weighted : set.generations()) {
      all =
          all.thenCompose(done -> gradients.apply(weighted.generation()))
              .thenAccept(gradient -> combined.add(gradient, set.factor(weighted)));
    }
    return all.thenApply(done -> combined.finish());
  }

  /** Bytes that a combination takes on the heap. */
  static long bytes(int dimension, int nuisance) {
    return (long) dimension * (2L * Double.BYTES + (long) nuisance * Float.BYTES);
  }

  /** Adds a gradient. */
  void add(float[] gradient, double factor) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] += factor * gradient[k];
    }
  }

  /** Leaves the direction of a gradient out. One that the others span adds nothing. */
  void leaveOut(float[] gradient) {
    double[] rest = new double[gradient.length];
    for (int k = 0; k < rest.length; k++) {
      rest[k] = gradient[k];
    }
    double norm = norm(rest);
    project(rest);
    double left = norm(rest);
    if (left <= NOTHING * norm) {
      return;
    }
    float[] direction = new float[rest.length];
    for (int k = 0; k < rest.length; k++) {
      direction[k] = (float) (rest[k] / left);
    }
    directions.add(direction);
  }

  /**
   * Returns the combination, float32, length K.
   *
   * @throws IllegalArgumentException if nothing of it is left
   */
  float[] finish() {
    double norm = norm(sum);
    project(sum);
    if (!directions.isEmpty() && norm(sum) <= NOTHING * norm) {
      throw new IllegalArgumentException(
          "nothing of the gradient is left without the directions of [nuisance]: use other or fewer examples");
    }
    float[] vector = new float[sum.length];
    for (int k = 0; k < vector.length; k++) {
      vector[k] = (float) sum[k];
    }
    return vector;
  }

  /** Twice, because the first time leaves rounding errors along the directions. */
  private void project(double[] vector) {
    for (int round = 0; round < 2; round++) {
      for (float[] direction : directions) {
        double product = 0;
        for (int k = 0; k < vector.length; k++) {
          product += vector[k] * direction[k];
        }
        for (int k = 0; k < vector.length; k++) {
          vector[k] -= product * direction[k];
        }
      }
    }
  }

  private static double norm(double[] vector) {
    double sum = 0;
    for (double number : vector) {
      sum += number * number;
    }
    return Math.sqrt(sum);
  }
}
