package org.rapidin.plugin.guard;

import java.util.Optional;
import java.util.function.Supplier;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexAbstraction;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.metadata.MetadataCreateIndexService;
import org.opensearch.indices.InvalidIndexNameException;

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

  /**
   * Resolves a name as the shard's part of a bulk has it, whose index permissions are asked for.
   *
   * @param expression name of an index, alias or data stream, or date math
   * @return name of the index that would be written to; of the one to be made where there is none
   * @throws InvalidIndexNameException if there is none and there can be none of this name, as with
   *     a wildcard
   */
  String name(String expression) {
    return of(expression)
        .map(index -> index.getIndex().getName())
        .orElseGet(
            () -> {
              String name = resolver.resolveDateMathExpression(expression);
              MetadataCreateIndexService.validateIndexOrAliasName(
                  name, InvalidIndexNameException::new);
              return name;
            });
  }
}
