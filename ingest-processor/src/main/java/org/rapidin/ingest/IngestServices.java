package org.rapidin.ingest;

import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * What every processor works with. Suppliers, because OpenSearch makes the processor factory before
 * it creates components.
 *
 * @param attributors id → registered attributor; throws an IllegalArgumentException that says how
 *     to fix it where there is none
 * @param gradients where vectors come from
 * @param breaker counts the bytes of vectors on their way into the index
 * @param threadContext carries the bulk's {@link VectorReservation} and the user's headers
 */
public record IngestServices(
    Function<String, ResolvedAttributor> attributors,
    Supplier<GradientSource> gradients,
    Supplier<CircuitBreaker> breaker,
    ThreadContext threadContext) {}
