package org.rapidin.ingest;

import java.util.Locale;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.ingest.IngestDocument;
import org.rapidin.attribution.GradientResult;
import org.rapidin.scorer.ElementType;

/**
 * Where a batch's vectors go, and who counts their bytes until then.
 *
 * @param field document field that receives the row
 * @param reservation counts the bytes
 * @param own whether the reservation ends with the batch, because no bulk holds it
 * @param simulated whether documents are only shown, so that a few words replace the vector
 */
record VectorTarget(String field, VectorReservation reservation, boolean own, boolean simulated) {
  static VectorTarget of(String field, ThreadContext context, Supplier<CircuitBreaker> breaker) {
    VectorReservation bulk = VectorReservation.bound(context);
    boolean simulated = Simulation.isActive(context);
    return bulk == null
        ? new VectorTarget(field, new VectorReservation(breaker.get()), true, simulated)
        : new VectorTarget(field, bulk, false, simulated);
  }

  void put(IngestDocument document, GradientResult.Vector vector) {
    document.setFieldValue(
        field, simulated ? summary(vector) : ElementType.FLOAT16.encode(vector.vector().values()));
  }

  private static String summary(GradientResult.Vector vector) {
    return String.format(
        Locale.ROOT,
        "gradient of %d numbers, norm %.4g, from %d tokens%s",
        vector.vector().dimension(),
        vector.vector().norm(),
        vector.tokens(),
        vector.truncated() ? " (cut off at max_tokens)" : "");
  }
}
