package org.rapidin.plugin.action;

import java.util.Set;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.action.ActionListener;

/**
 * Refuses {@code _update} on an index with gradient vectors: it would rebuild the document from a
 * {@code _source} that does not have them, and lose them without a word.
 */
public final class UpdateFilter extends ActionFilter.Simple {
  private final Supplier<ClusterState> state;
  private final IndexNameExpressionResolver resolver;
  private final GradientIndices indices = new GradientIndices();

  /**
   * @param state of the cluster, as this node sees it now
   * @param resolver works out date math in the index's name
   */
  public UpdateFilter(Supplier<ClusterState> state, IndexNameExpressionResolver resolver) {
    this.state = state;
    this.resolver = resolver;
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  protected boolean apply(String action, ActionRequest request, ActionListener<?> listener) {
    if (!(request instanceof UpdateRequest update)) {
      return true;
    }
    IndexMetadata index = writeIndex(update.index());
    Set<String> fields = indices.fields(index);
    if (fields.isEmpty()) {
      return true;
    }
    listener.onFailure(GradientIndices.updateRefused(update.index(), fields));
    return false;
  }

  private IndexMetadata writeIndex(String expression) {
    String name = resolver.resolveDateMathExpression(expression);
    IndexAbstraction target = state.get().metadata().getIndicesLookup().get(name);
    return target == null ? null : target.getWriteIndex();
  }
}
