package org.rapidin.plugin.query;

import java.util.List;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.HitRow;

/**
 * How far the influence of a stored row may be from that of the gradients.
 *
 * @param compression standard error over the seeds of the compression; NaN if it is not known
 * @param storage standard error by the rounding of the row's numbers
 * @param atMost whether the error of the compression may be less
 * @param reason why that of the compression is not known, or null
 */
public record HitError(double compression, double storage, boolean atMost, String reason) {
  private static final String TOO_FEW =
      "the error of this influence cannot be estimated: too few layers, or layers with too few numbers, make it up";

  /**
   * Computes the error of a hit's influence.
   *
   * @param influence of several vectors, the one that gave it counts
   * @param check is called between products of matrices; stops by throwing
   */
  public static HitError of(
      ResolvedGradient gradient, HitRow row, double influence, Runnable check) {
    float[] document = row.values();
    float[] query = nearest(gradient.vectors(), document, influence);
    double storage = Math.sqrt(row.elementType().roundingVariance(query, row.bytes()));
    return switch (gradient.error().compression()) {
      case CompressionError.Unknown(String reason) ->
          new HitError(Double.NaN, storage, false, reason);
      case CompressionError known -> {
        double variance = gradient.error().variance(query, document, check);
        yield Double.isNaN(variance)
            ? new HitError(Double.NaN, storage, false, TOO_FEW)
            : new HitError(Math.sqrt(variance), storage, known.atMost(), null);
      }
    };
  }

  /** Whether both parts are known. */
  public boolean isKnown() {
    return reason == null;
  }

  /** The standard error of the influence; NaN if it is not known. */
  public double standardError() {
    return Math.hypot(compression, storage);
  }

  private static float[] nearest(List<float[]> vectors, float[] document, double influence) {
    float[] found = vectors.getFirst();
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; vectors.size() > 1 && i < vectors.size(); i++) {
      double difference = -influence;
      for (int k = 0; k < document.length; k++) {
        difference += (double) vectors.get(i)[k] * document[k];
      }
      if (Math.abs(difference) < least) {
        least = Math.abs(difference);
        found = vectors.get(i);
      }
    }
    return found;
  }
}
