package org.rapidin.plugin.guard;

import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilterChain;
import org.opensearch.action.update.UpdateAction;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.tasks.Task;
import org.rapidin.plugin.mapper.GradientIndices;

/**
 * Refuses {@code _update} on an index with gradient vectors: it would rebuild the document from a
 * {@code _source} that does not have them, and lose them without a word.
 */
public final class UpdateFilter extends SingleActionFilter {
  private final Supplier<ClusterState> state;
  private final IndexNameExpressionResolver resolver;
  private final GradientIndices indices = new GradientIndices();

  /**
   * @param state of the cluster, as this node sees it now
   * @param resolver works out date math in the index's name
   */
  public UpdateFilter(Supplier<ClusterState> state, IndexNameExpressionResolver resolver) {
    super(UpdateAction.NAME, UpdateRequest.class);
    this.state = state;
    this.resolver = resolver;
  }

  @Override
  <Q extends ActionRequest, R extends ActionResponse> void intercept(
      Task task, Q request, ActionListener<R> listener, ActionFilterChain<Q, R> chain) {
    UpdateRequest update = (UpdateRequest) request;
    IndexMetadata index = writeIndex(update.index());
    Set<String> fields = indices.fields(index);
    if (fields.isEmpty()) {
      chain.proceed(task, UpdateAction.NAME, request, listener);
    } else {
      listener.onFailure(GradientIndices.updateRefused(update.index(), fields));
    }
  }

  private IndexMetadata writeIndex(String expression) {
    String name = resolver.resolveDateMathExpression(expression);
    IndexAbstraction target = state.get().metadata().getIndicesLookup().get(name);
    return target == null ? null : target.getWriteIndex();
  }
}
