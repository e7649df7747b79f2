package org.rapidin.plugin.guard;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.rapidin.ingest.IndexRefusals;
import org.rapidin.ingest.Simulation;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Refuses vectors for an index that cannot take them, or that the user may not write to. A
 * simulation writes to none, and asks for no permission. Safe for many threads.
 */
public final class VectorRefusals implements IndexRefusals {
  private final WriteIndices indices;
  private final GradientMappings mappings;
  private final ThreadContext context;
  private volatile WritePermissions permissions;

  /**
   * @param indices finds the index of a document
   * @param mappings says which indices cannot take vectors
   * @param context of the bulk that is being served
   */
  public VectorRefusals(WriteIndices indices, GradientMappings mappings, ThreadContext context) {
    this.indices = indices;
    this.mappings = mappings;
    this.context = context;
  }

  /** Sets what asks for permissions; called when the node starts, before there are documents. */
  void connect(WritePermissions asking) {
    this.permissions = asking;
  }

  @Override
  public CompletableFuture<Optional<Exception>> of(String index) {
    Optional<Exception> refusal = indices.of(index).flatMap(this::refusal);
    if (refusal.isPresent() || Simulation.isActive(context)) {
      return CompletableFuture.completedFuture(refusal);
    }
    String written = indices.name(index);
    return AskedIndices.bound(context).of(written, answer -> ask(written, answer));
  }

  private Optional<Exception> refusal(IndexMetadata index) {
    return mappings.unrecoverable(index).or(() -> mappings.closed(index)).map(Function.identity());
  }

  private void ask(String index, CompletableFuture<Optional<Exception>> answer) {
    permissions.ask(
        index,
        ContextPreservingActionListener.wrapPreservingContext(
            ActionListener.wrap(
                allowed -> answer.complete(Optional.empty()),
                forbidden -> answer.complete(Optional.of(forbidden))),
            context));
  }
}
