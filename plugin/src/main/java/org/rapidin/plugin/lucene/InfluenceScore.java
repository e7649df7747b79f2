package org.rapidin.plugin.lucene;

import java.util.List;
import org.rapidin.attribution.GradientVector;

/**
 * How a raw signed inner product becomes a Lucene score: {@code 1 + x/(1+|x|)} with {@code x =
 * ±raw/scale}, in [0, 2], never falling as x grows.
 *
 * <p>With x spread over about ±1 the scores keep their order when document-level security adds 1.0
 * to each of them.
 *
 * @param scale ‖q‖·s, more than 0: the norm of the query times the score scale of the mapping
 * @param opponents whether negative influence ranks first
 */
public record InfluenceScore(double scale, boolean opponents) {
  /** No score is more than this. */
  public static final float MAX = 2;

  public InfluenceScore {
    if (!(scale > 0) || Double.isInfinite(scale)) {
      throw new IllegalArgumentException(
          "the scale of influence scores must be more than 0 and finite, got %s".formatted(scale));
    }
  }

  /**
   * The score for one query vector.
   *
   * @param vector q, length K, not all zero
   * @param documentNorm s, the score scale that the mapping pins
   * @param opponents whether negative influence ranks first
   * @throws IllegalArgumentException if q is all zero, or s is not more than 0
   */
  public static InfluenceScore of(float[] vector, double documentNorm, boolean opponents) {
    return of(List.of(vector), documentNorm, opponents);
  }

  /**
   * The score for several query vectors, of which the largest product counts; ‖q‖ is the largest of
   * their norms.
   *
   * @param vectors at least one, as for one vector
   */
  public static InfluenceScore of(List<float[]> vectors, double documentNorm, boolean opponents) {
    return new InfluenceScore(norm(vectors) * documentNorm, opponents);
  }

  /** The largest norm. */
  static double norm(List<float[]> vectors) {
    return vectors.stream()
        .mapToDouble(vector -> new GradientVector(vector).norm())
        .max()
        .orElseThrow();
  }

  /**
   * Returns how much two inner products may differ and still have the same score in float32.
   *
   * @param raw one of them
   */
  public double resolution(double raw) {
    double growth = 1 + Math.abs(raw / scale);
    return growth * growth * scale * Math.ulp(1f);
  }

  /**
   * The score of a document.
   *
   * @param raw the signed inner product of its vector with the query
   */
  public float score(double raw) {
    double x = (opponents ? -raw : raw) / scale;
    if (Double.isInfinite(x)) {
      return x > 0 ? MAX : 0;
    }
    return (float) (1 + x / (1 + Math.abs(x)));
  }
}
