package org.rapidin.plugin.query;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.opensearch.ExceptionsHelper;
import org.opensearch.common.lease.Releasable;
import org.opensearch.common.lease.Releasables;

/**
 * A vector made of the gradients of several generations. Influence is linear in the gradient, so an
 * inner product with the weighted sum is the weighted sum of the influences, at the cost of one
 * scan. With an orthonormal basis U of the nuisance gradients, the vector is q − U·Uᵀ·q. Belongs to
 * one thread at a time.
 */
final class CombinedGradient implements Releasable {
  /** What float32 leaves of a vector that is in the span of others. */
  private static final double NOTHING = 1e-5;

  private final LongFunction<Releasable> memory;
  private final List<Releasable> reserved = new ArrayList<>();
  private final List<float[]> basis = new ArrayList<>();
  private final double[] sum;

  /**
   * Begins with zero.
   *
   * @param dimension K
   * @param memory reserves bytes until the result is closed
   */
  CombinedGradient(int dimension, LongFunction<Releasable> memory) {
    this.memory = memory;
    reserved.add(memory.apply(2L * Double.BYTES * dimension));
    this.sum = new double[dimension];
  }

  /**
   * Computes the vector of a set, one gradient after the other, so that a search has one place in
   * the queue of the model at a time.
   *
   * @param gradients computes the gradient of a generation, length K
   * @return fails with {@link IllegalArgumentException} if nothing of the vector is left
   */
  CompletableFuture<float[]> of(
      GenerationSet set,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients) {
    return inTurn(set, gradients, this::add).thenApply(done -> finish());
  }

  /**
   * Computes one vector for each generation of a set, without the nuisance directions; as {@link
   * #of}.
   */
  CompletableFuture<List<float[]>> each(
      GenerationSet set,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients) {
    List<float[]> vectors = new ArrayList<>();
    return inTurn(set, gradients, (gradient, factor) -> vectors.add(alone(gradient, factor)))
        .thenApply(done -> vectors);
  }

  /** Reserves memory for vectors of length K in float32. */
  void reserve(int vectors) {
    reserved.add(memory.apply((long) Float.BYTES * sum.length * vectors));
  }

  private float[] alone(float[] gradient, double factor) {
    reserve(1);
    Arrays.fill(sum, 0);
    add(gradient, factor);
    return finish();
  }

  /** What is done with a generation's gradient. */
  private interface Taker {
    void take(float[] gradient, double factor);
  }

  private CompletableFuture<Void> inTurn(
      GenerationSet set,
      Function<InfluenceSubject.Generation, CompletableFuture<float[]>> gradients,
      Taker taker) {
    CompletableFuture<Void> all = CompletableFuture.completedFuture(null);
    for (int i = 0; i < set.nuisance().size(); i++) {
      InfluenceSubject.Generation generation = set.nuisance().get(i);
      String name = "[%s] entry %s".formatted(InfluenceQueryParser.NUISANCE, i);
      all =
          all.thenCompose(done -> named(name, () -> gradients.apply(generation)))
              .thenAccept(this::leaveOut);
    }
    for (int i = 0; i < set.generations().size(); i++) {
      GenerationSet.Weighted weighted = set.generations().get(i);
      String name = "[%s] entry %s".formatted(InfluenceQueryParser.GENERATIONS, i);
      all =
          all.thenCompose(done -> named(name, () -> gradients.apply(weighted.generation())))
              .thenAccept(gradient -> taker.take(gradient, set.factor(weighted)));
    }
    return all;
  }

  /** A fault of the user's text names the text. */
  private static CompletableFuture<float[]> named(
      String name, Supplier<CompletableFuture<float[]>> gradient) {
    return gradient
        .get()
        .exceptionallyCompose(
            fault ->
                CompletableFuture.failedFuture(
                    ExceptionsHelper.unwrap(fault, IllegalArgumentException.class)
                            instanceof IllegalArgumentException refused
                        ? new IllegalArgumentException(name + ": " + refused.getMessage(), fault)
                        : fault));
  }

  /** Adds a gradient. */
  void add(float[] gradient, double factor) {
    for (int k = 0; k < sum.length; k++) {
      sum[k] += factor * gradient[k];
    }
  }

  /** Leaves the direction of a gradient out. One that the others span adds nothing. */
  void leaveOut(float[] gradient) {
    reserve(1);
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
    basis.add(direction);
  }

  /**
   * Returns the combination, float32, length K.
   *
   * @throws IllegalArgumentException if nothing of it is left
   */
  float[] finish() {
    double norm = norm(sum);
    if (norm == 0) {
      throw new IllegalArgumentException(
          "the gradients of [generations] cancel out: use other weights");
    }
    project(sum);
    if (norm(sum) <= NOTHING * norm) {
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
      for (float[] direction : basis) {
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

  /** Gives the memory back. */
  @Override
  public void close() {
    Releasables.close(reserved);
  }
}
