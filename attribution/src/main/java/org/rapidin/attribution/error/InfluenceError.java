package org.rapidin.attribution.error;

import java.util.Objects;

/**
 * The error of an influence, which is the inner product of a query's vector with a document's. It
 * includes the error of the norms that vectors were divided by, which are themselves estimates.
 *
 * @param compression of the gradients
 * @param unitDocuments whether vectors of documents were divided by their norms
 * @param unitQueries whether vectors of queries were, before they were multiplied with a weight;
 *     false where generations were combined or parts left out afterwards
 */
public record InfluenceError(
    CompressionError compression, boolean unitDocuments, boolean unitQueries) {
  private static final Runnable NO_CHECK = () -> {};

  public InfluenceError {
    Objects.requireNonNull(compression, "compression");
  }

  /** Returns the error of vectors whose error is not known. */
  public static InfluenceError unknown(String reason) {
    return new InfluenceError(new CompressionError.Unknown(reason), false, false);
  }

  /** Returns this error with another error of the compression. */
  public InfluenceError with(CompressionError other) {
    return new InfluenceError(other, unitDocuments, unitQueries);
  }

  /** Returns this error for queries that are not multiples of a vector of norm 1. */
  public InfluenceError withoutUnitQueries() {
    return new InfluenceError(compression, unitDocuments, false);
  }

  /** As {@link #variance(float[], float[], Runnable)}, without a check. */
  public double variance(float[] query, float[] document) {
    return variance(query, document, NO_CHECK);
  }

  /**
   * Estimates the variance over the seeds of the compression.
   *
   * @param query float32, length K; not changed
   * @param document float32, length K, as it is stored; not changed
   * @param check is called between products of matrices; stops by throwing
   * @return at least 0; NaN if it cannot be estimated from so few numbers
   * @throws IllegalStateException if the error is not known
   */
  public double variance(float[] query, float[] document, Runnable check) {
    if (!unitDocuments) {
      return ofProduct(query, document, check);
    }
    double norm = Math.sqrt(product(document, document));
    double ofQuery = Math.sqrt(product(query, query));
    if (norm == 0 || ofQuery == 0) {
      return 0;
    }
    float[] unit = sum(1 / norm, document, 0, document);
    if (unitQueries) {
      float[] x = sum(1 / ofQuery, query, 0, query);
      double cosine = Math.clamp(product(x, unit), -1, 1);
      return ofQuery * ofQuery * ofCosine(x, unit, cosine, check);
    }
    return ofProduct(sum(1, query, -product(query, unit) / 2, unit), unit, check);
  }

  /**
   * The first-order error of ⟨Sx, Sy⟩/(‖Sx‖‖Sy‖) is that of ⟨Sx, Sy⟩ − c/2·(‖Sx‖² + ‖Sy‖²) for x
   * and y of norm 1 and cosine c, which is the product of p − m and p + m with p = (x + y)·√(1 −
   * c)/2 and m = (x − y)·√(1 + c)/2.
   */
  private double ofCosine(float[] x, float[] y, double cosine, Runnable check) {
    double plus = Math.sqrt(1 - cosine) / 2;
    double minus = Math.sqrt(1 + cosine) / 2;
    return ofProduct(
        sum(plus - minus, x, plus + minus, y), sum(plus + minus, x, plus - minus, y), check);
  }

  private double ofProduct(float[] u, float[] v, Runnable check) {
    return switch (compression) {
      case CompressionError.OfSketch(double factor, boolean _) -> {
        double product = product(u, v);
        yield factor * (product(u, u) * product(v, v) + product * product);
      }
      case OfProjections projections -> projections.variance(u, v, check);
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
