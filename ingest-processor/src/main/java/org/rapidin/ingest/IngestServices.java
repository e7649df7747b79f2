package org.rapidin.ingest;

import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.ResolvedAttributor;

/**
 * What the processor needs from its node. Suppliers are called per bulk, never when a pipeline is
 * created: pipelines are created while the node starts, before any of this exists.
 *
 * @param attributors looks a registered attributor up by id; throws IllegalArgumentException if
 *     there is none, saying how to create it
 * @param refusals says why the index that a document names takes no vectors
 * @param gradients computes vectors; its futures complete in the caller's thread context, not on
 *     threads of the model
 * @param breaker counts the bytes of vectors on their way into the index
 * @param threadContext carries the bulk's {@link VectorReservation}
 * @param maxCharacters that are read of one document; it is refused where more would be needed
 */
public record IngestServices(
    Function<String, ResolvedAttributor> attributors,
    IndexRefusals refusals,
    Supplier<GradientSource> gradients,
    Supplier<CircuitBreaker> breaker,
    ThreadContext threadContext,
    int maxCharacters) {}
