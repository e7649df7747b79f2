package org.rapidin.plugin.guard;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.client.Client;
import org.rapidin.ingest.IndexRefusals;
import org.rapidin.ingest.Simulation;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Refuses vectors for an index that cannot take them, or that the user may not write to. A
 * simulation writes to none, and asks for no permission.
 *
 * @param indices finds the index of a document
 * @param mappings says which indices cannot take vectors
 * @param client asks for permissions as the user
 */
public record VectorRefusals(WriteIndices indices, GradientMappings mappings, Client client)
    implements IndexRefusals {

  @Override
  public CompletableFuture<Optional<Exception>> of(String index) {
    Optional<Exception> refusal = indices.of(index).flatMap(this::refusal);
    ThreadContext context = client.threadPool().getThreadContext();
    if (refusal.isPresent() || Simulation.isActive(context)) {
      return CompletableFuture.completedFuture(refusal);
    }
    String written = indices.name(index);
    return AskedIndices.bound(context).of(written, answer -> ask(written, context, answer));
  }

  private Optional<Exception> refusal(IndexMetadata index) {
    return mappings
        .unrecoverable(index)
        .or(() -> mappings.closed(index))
        .map(Function.identity());
  }

  private void ask(
      String index, ThreadContext context, CompletableFuture<Optional<Exception>> answer) {
    client.execute(
        DocumentGradientAction.INSTANCE,
        new DocumentGradientAction.Request(index),
        ContextPreservingActionListener.wrapPreservingContext(
            ActionListener.wrap(
                allowed -> answer.complete(Optional.empty()),
                forbidden -> answer.complete(Optional.of(forbidden))),
            context));
  }
}
