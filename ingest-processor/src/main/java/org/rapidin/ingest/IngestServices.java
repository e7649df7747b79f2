package org.rapidin.ingest;

import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.rapidin.attribution.GradientSource;

/**
 * What the processor needs of its node. Suppliers are asked per batch, never when a pipeline is
 * created: pipelines are created while the node starts, before any of this exists.
 *
 * @param specs registered attributors
 * @param gradients where vectors come from
 * @param breaker counts the bytes of vectors on their way into the index
 * @param threadContext carries the bulk's {@link VectorReservation} and the user's headers
 */
public record IngestServices(
    AttributorSpecs specs,
    Supplier<GradientSource> gradients,
    Supplier<CircuitBreaker> breaker,
    ThreadContext threadContext) {}
