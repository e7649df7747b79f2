package org.rapidin.plugin.guard;

import java.util.Optional;
import java.util.Set;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.rapidin.plugin.mapper.GradientMappings;

/**
 * Refuses partial updates of documents with gradient vectors: an update rebuilds the document from
 * a {@code _source} that does not hold the vector, and would lose it silently. Safe for many
 * threads.
 */
public final class GradientUpdates {
  private final WriteIndices indices;
  private final GradientMappings mappings;

  /**
   * @param indices finds the index of a document
   * @param mappings which indices have gradient fields
   */
  public GradientUpdates(WriteIndices indices, GradientMappings mappings) {
    this.indices = indices;
    this.mappings = mappings;
  }

  /**
   * Whether {@link #refusal} may refuse; answers on any thread.
   *
   * @param expression name of an index, alias or data stream, or date math
   */
  boolean mayRefuse(String expression) {
    return indices.of(expression).filter(GradientMappings::mayHaveGradients).isPresent();
  }

  /**
   * Returns why a document of an index cannot be updated; empty if it can. Parses a mapping that it
   * has not seen.
   *
   * @param expression name of an index, alias or data stream, or date math
   */
  Optional<Exception> refusal(String expression) {
    return indices.of(expression).flatMap(index -> refusal(expression, index));
  }

  /**
   * Returns why a document of an index cannot be updated; empty if it can.
   *
   * @param name of the index as the user gave it, for the message
   * @param index null if there is none
   */
  Optional<Exception> refusal(String name, IndexMetadata index) {
    Set<String> fields = mappings.gradients(index);
    return fields.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new IllegalArgumentException(
                "index [%s] has gradient vectors in %s, which _source does not hold: an update would lose them; index the whole document, or run _update_by_query or _reindex with the pipeline that computes them"
                    .formatted(name, fields)));
  }
}
