package org.rapidin.attribution.error;

import java.util.Objects;

/**
 * The error of an influence, the inner product of a query's vector with a document's: that of the
 * compression, also where vectors were divided by norms that are themselves estimates.
 *
 * @param compression of the gradients
 * @param unitDocuments whether vectors of documents were divided by their norms
 * @param unitQueries whether vectors of generations were; a vector that has another norm, because
 *     generations were combined or modules left out, counts as it is
 */
public record InfluenceError(
    CompressionError compression, boolean unitDocuments, boolean unitQueries) {
  /** Norms of float32 vectors that were divided by their norms. */
  private static final double ROUNDING = 1e-4;

  public InfluenceError {
    Objects.requireNonNull(compression, "compression");
  }

  /** Of vectors whose error is not known. */
  public static InfluenceError unknown(String reason) {
    return new InfluenceError(new CompressionError.Unknown(reason), false, false);
  }

  /**
   * Estimates the variance over the seeds of the compression.
   *
   * @param query float32, length K; not changed
   * @param document float32, length K, as it is stored; not changed
   * @return at least 0
   * @throws IllegalStateException if the error is not known
   */
  public double variance(float[] query, float[] document) {
    if (!unitDocuments) {
      return ofProduct(query, document);
    }
    double norm = Math.sqrt(product(document, document));
    if (norm == 0) {
      return 0;
    }
    float[] unit = sum(1 / norm, document, 0, document);
    double cosine = product(query, unit);
    double ofQuery = Math.sqrt(product(query, query));
    return unitQueries && Math.abs(ofQuery - 1) < ROUNDING
        ? ofCosine(query, unit, Math.clamp(cosine, -1, 1))
        : ofProduct(sum(1, query, -cosine / 2, unit), unit);
  }

  /**
   * The first-order error of ⟨Sx, Sy⟩/(‖Sx‖‖Sy‖) is that of ⟨Sx, Sy⟩ − c/2·(‖Sx‖² + ‖Sy‖²) for x
   * and y of norm 1 and cosine c, which is the product of p − m and p + m with p = (x + y)·√(1 −
   * c)/2 and m = (x − y)·√(1 + c)/2.
   */
  private double ofCosine(float[] x, float[] y, double cosine) {
    double plus = Math.sqrt(1 - cosine) / 2;
    double minus = Math.sqrt(1 + cosine) / 2;
    return ofProduct(sum(plus - minus, x, plus + minus, y), sum(plus + minus, x, plus - minus, y));
  }

  private double ofProduct(float[] u, float[] v) {
    return switch (compression) {
      case CompressionError.OfSketch(double factor, boolean _) -> {
        double product = product(u, v);
        yield factor * (product(u, u) * product(v, v) + product * product);
      }
      case OfProjections projections -> projections.variance(u, v);
      case CompressionError.Unknown(String reason) -> throw new IllegalStateException(reason);
    };
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static float[] sum(double a, float[] x, double b, float[] y) {
    float[] sum = new float[x.length];
    for (int i = 0; i < sum.length; i++) {
      sum[i] = (float) (a * x[i] + b * y[i]);
    }
    return sum;
  }
}
