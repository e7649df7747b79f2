package org.rapidin.ingest;

import java.util.Locale;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.ingest.IngestDocument;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;

/**
 * Where a batch's vectors go, and who counts their bytes until then. A document gets a placeholder;
 * the bulk holds the vector until the document's index and field are known.
 *
 * @param field document field that receives the placeholder
 * @param attributor that makes the vectors
 * @param reservation holds the vectors and counts their bytes
 * @param simulated whether documents are only shown, so that a few words replace the vector
 */
record VectorTarget(
    String field, ResolvedAttributor attributor, VectorReservation reservation, boolean simulated) {

  /**
   * Finds the bulk that is being served.
   *
   * @throws IllegalStateException if there is none and nothing is simulated
   */
  static VectorTarget of(
      String field,
      ResolvedAttributor attributor,
      ThreadContext context,
      Supplier<CircuitBreaker> breaker) {
    if (Simulation.isActive(context)) {
      return new VectorTarget(field, attributor, new VectorReservation(breaker.get()), true);
    }
    VectorReservation bulk = VectorReservation.bound(context);
    if (bulk == null) {
      throw new IllegalStateException(
          "the rapidgrad processor needs a bulk that holds its vectors: index documents with _bulk, _doc, _create, _reindex or _update_by_query; pull-based ingestion is not supported");
    }
    return new VectorTarget(field, attributor, bulk, false);
  }

  /**
   * Gives a document its placeholder.
   *
   * @throws IllegalArgumentException if the field has no place in the document; nothing is held
   *     then
   */
  void put(IngestDocument document, Sample sample, GradientResult.Vector vector) {
    if (simulated) {
      document.setFieldValue(field, summary(vector));
      return;
    }
    String placeholder =
        reservation.hold(new PendingVector(attributor, vector.vector(), sample.digest()));
    try {
      document.setFieldValue(field, placeholder);
    } catch (IllegalArgumentException e) {
      reservation.take(placeholder);
      throw e;
    }
  }

  /** Ends what a simulation reserved; a bulk ends its own reservation when it has answered. */
  void batchDone() {
    if (simulated) {
      reservation.close();
    }
  }

  private static String summary(GradientResult.Vector vector) {
    return String.format(
        Locale.ROOT,
        "gradient of %s numbers, norm %.4g, from %s tokens%s",
        vector.vector().dimension(),
        vector.vector().norm(),
        vector.tokens(),
        vector.truncated() ? " (cut off at max_tokens)" : "");
  }
}
