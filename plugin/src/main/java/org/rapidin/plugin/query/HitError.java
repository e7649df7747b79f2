package org.rapidin.plugin.query;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.plugin.handle.ResolvedGradient;
import org.rapidin.plugin.lucene.HitRow;
import org.rapidin.plugin.lucene.LeafInfluence;

/**
 * The error of a stored row's influence as an estimate of the influence of the gradients.
 *
 * @param compression standard error over the seeds of the compression; NaN if it is not known
 * @param storage standard error by the rounding of the row's numbers
 * @param atMost whether the error of the compression may be less
 * @param reason why the error of the compression is not known, or null
 */
public record HitError(double compression, double storage, boolean atMost, String reason) {
  private static final String TOO_FEW =
      "the error of this influence cannot be estimated, because too few layers, or layers with too few numbers, contribute to it";

  private static final String FOREIGN =
      "a user brought the vector of this document, and it is not known which gradient it was made from";

  /** Returns the bytes that {@link #of} takes: a row, its numbers, and up to four vectors more. */
  public static long bytes(ResolvedGradient gradient) {
    long dimension = gradient.vectors().getFirst().length;
    return 6 * Float.BYTES * dimension + gradient.error().compression().bytes();
  }

  /**
   * Computes the error of a hit's influence.
   *
   * @param leaf segment of the hit
   * @param doc document id in the segment
   * @param influence of the hit; if the gradient has several vectors, the one that gave it counts
   * @param check is called between products of matrices; stops by throwing
   * @return empty if the document has no vector, or the field is not visible
   */
  public static Optional<HitError> of(
      ResolvedGradient gradient, LeafInfluence leaf, int doc, double influence, Runnable check)
      throws IOException {
    Optional<HitRow> row = leaf.row(doc, gradient.vectors().getFirst().length);
    if (row.isEmpty()) {
      return Optional.empty();
    }
    float[] document = row.get().values();
    float[] query = nearest(gradient.vectors(), document, influence);
    double storage = Math.sqrt(row.get().elementType().roundingVariance(query, row.get().bytes()));
    return Optional.of(
        leaf.isForeign(doc)
            ? new HitError(Double.NaN, storage, false, FOREIGN)
            : of(gradient, query, document, storage, check));
  }

  private static HitError of(
      ResolvedGradient gradient, float[] query, float[] document, double storage, Runnable check) {
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

  /** Returns whether both parts are known. */
  public boolean isKnown() {
    return reason == null;
  }

  /** Returns the standard error of the influence; NaN if it is not known. */
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
