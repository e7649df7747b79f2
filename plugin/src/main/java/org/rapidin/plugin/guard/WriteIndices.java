package org.rapidin.plugin.guard;

import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;

/**
 * Finds the index that a document would be written to.
 *
 * @param state of the cluster, as this node sees it now
 * @param resolver works out date math in the name of an index
 */
public record WriteIndices(Supplier<ClusterState> state, IndexNameExpressionResolver resolver) {

  /**
   * Finds an index.
   *
   * @param expression name of an index, alias or data stream, or date math
   * @return empty where there is none yet
   */
  public Optional<IndexMetadata> of(String expression) {
    String name = resolver.resolveDateMathExpression(expression);
    return Optional.ofNullable(state.get().metadata().getIndicesLookup().get(name))
        .map(IndexAbstraction::getWriteIndex);
  }
}
