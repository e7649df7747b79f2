package org.rapidin.attribution.fitted;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;
import org.rapidin.attribution.compression.VectorPart;

/**
 * The uncentred covariance of vectors, R = weighted mean of g·gᵀ, block diagonal: what two parts of
 * a vector have in common is left out. For gradients it is the empirical Fisher information. In
 * float64, so that squares of small gradients do not vanish. Not for several threads.
 *
 * @see <a href="https://arxiv.org/abs/2405.13954">LoGra, section 3.1</a>
 */
public final class Covariance {
  private final List<VectorPart> parts;
  private final List<Triangle> sums;
  private long count;
  private double weights;

  /**
   * Begins without vectors; takes {@link #bytes}.
   *
   * @param parts of the vectors, one after the other
   */
  public Covariance(List<VectorPart> parts) {
    this.parts = List.copyOf(parts);
    this.sums = parts.stream().map(part -> new Triangle(part.numbers())).toList();
  }

  /** Returns the bytes that a covariance of these parts takes in memory. */
  public static long bytes(List<VectorPart> parts) {
    return parts.stream().mapToLong(part -> Triangle.length(part.numbers())).sum() * Double.BYTES;
  }

  /**
   * Adds vectors.
   *
   * @param vectors each at least as long as all parts together
   * @param weight of each in the mean, more than 0
   * @throws IllegalArgumentException if a number is not finite; nothing is added then
   */
  public void add(List<float[]> vectors, double weight) {
    for (float[] vector : vectors) {
      for (float number : vector) {
        if (!Float.isFinite(number)) {
          throw new IllegalArgumentException(
              "a vector of the sample has the number %s".formatted(number));
        }
      }
    }
    int start = 0;
    for (int p = 0; p < sums.size(); p++) {
      int length = parts.get(p).numbers();
      double[][] numbers = new double[vectors.size()][length];
      for (int v = 0; v < numbers.length; v++) {
        for (int i = 0; i < length; i++) {
          numbers[v][i] = vectors.get(v)[start + i];
        }
      }
      sums.get(p).addOuter(numbers, weight);
      start += length;
    }
    count += vectors.size();
    weights += weight * vectors.size();
  }

  /**
   * Returns the eigenvalues of all parts of R together, the largest first. Takes {@link
   * #eigenvalueBytes}.
   *
   * @param check runs often, and throws to stop
   * @throws IllegalArgumentException if there is no vector
   */
  public double[] eigenvalues(Runnable check) {
    requireVectors();
    double[] all = new double[parts.stream().mapToInt(VectorPart::numbers).sum()];
    int start = 0;
    for (Triangle sum : sums) {
      double[] values = Eigenvalues.of(sum.toRows(), check);
      for (double value : values) {
        all[start++] = -value / weights;
      }
    }
    Arrays.sort(all);
    for (int i = 0; i < all.length; i++) {
      all[i] = -all[i];
    }
    return all;
  }

  /** Returns the bytes that {@link #eigenvalues} takes besides the covariance. */
  public static long eigenvalueBytes(List<VectorPart> parts) {
    return parts.stream()
        .mapToLong(part -> (long) Double.BYTES * part.numbers() * part.numbers())
        .max()
        .orElse(0);
  }

  /**
   * Replaces R by weight·(the other's R) + (1 − weight)·R. Ends the use of the other.
   *
   * @param weight from 0 to 1
   */
  public void mix(Covariance other, double weight) {
    requireVectors();
    other.requireVectors();
    for (int p = 0; p < sums.size(); p++) {
      sums.get(p).multiply((1 - weight) / weights);
      other.sums.get(p).multiply(weight / other.weights);
      sums.get(p).add(other.sums.get(p));
    }
    weights = 1;
    count += other.count;
  }

  private void requireVectors() {
    if (count == 0) {
      throw new IllegalArgumentException("there is no vector to fit to");
    }
  }

  /** Returns how many vectors were added. */
  public long count() {
    return count;
  }

  /**
   * Makes (R + λI)^-1, with λ of each part = damping · mean eigenvalue of its R. Ends the use of
   * this object, whose memory becomes that of the result.
   *
   * @param fingerprint of the attributor whose vectors these are
   * @param damping at least 0
   * @param check runs often, with the number of the part that is next, and throws to stop
   * @throws IllegalArgumentException if there is no vector, or R + λI of a part has no inverse;
   *     names the part and what to change
   */
  public DampedInverse inverse(String fingerprint, double damping, IntConsumer check) {
    if (!(damping >= 0) || Double.isInfinite(damping)) {
      throw new IllegalArgumentException("damping must be at least 0, got %s".formatted(damping));
    }
    requireVectors();
    double[] ridges = new double[sums.size()];
    for (int p = 0; p < ridges.length; p++) {
      int part = p;
      ridges[p] = factorise(parts.get(p), sums.get(p), damping, () -> check.accept(part));
    }
    return new DampedInverse(
        new DampedInverse.Origin(fingerprint, count, damping), parts, ridges, sums);
  }

  private double factorise(VectorPart part, Triangle matrix, double damping, Runnable check) {
    matrix.multiply(1 / weights);
    double mean = matrix.trace() / part.numbers();
    if (!(mean >= Double.MIN_NORMAL) || Double.isInfinite(mean)) {
      throw new IllegalArgumentException(
          "the mean square of the numbers of [%s] is %s over %s vectors, of which there is no inverse: take another sample, or an attributor without that layer"
              .formatted(part.name(), mean, count));
    }
    double ridge = damping * mean;
    matrix.addToDiagonal(ridge);
    if (!matrix.factorise(check)) {
      throw new IllegalArgumentException(
          "the covariance of [%s] is singular: %s vectors do not determine its %s numbers with damping %s; use more damping or a larger sample"
              .formatted(part.name(), count, part.numbers(), damping));
    }
    return ridge;
  }
}
