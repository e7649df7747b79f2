package org.rapidin.plugin.mapper;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;

/** Which attributor made the vectors of a field, over all indices that a request searches. */
public final class TargetFields {
  private final Supplier<ClusterState> state;
  private final IndexNameExpressionResolver resolver;
  private final GradientMappings mappings;

  /**
   * @param state the cluster as this node sees it now
   * @param resolver resolves the index expressions of requests
   * @param mappings the gradient fields of indices
   */
  public TargetFields(
      Supplier<ClusterState> state,
      IndexNameExpressionResolver resolver,
      GradientMappings mappings) {
    this.state = state;
    this.resolver = resolver;
    this.mappings = mappings;
  }

  /**
   * Resolves the indices that a request searches.
   *
   * @param registry reads the indices of a point in time
   * @return empty if wildcards match no index
   * @throws IllegalArgumentException if one is on another cluster
   */
  public List<IndexMetadata> indices(IndicesRequest request, NamedWriteableRegistry registry) {
    ClusterState now = state.get();
    return Arrays.stream(names(request, now, registry))
        .map(now.metadata()::index)
        // An index of a point in time may have been deleted since.
        .filter(Objects::nonNull)
        .toList();
  }

  /**
   * Reads the field's pins in every index.
   *
   * @return empty where no index maps the field to gradients
   * @throws IllegalArgumentException if indices disagree
   */
  public Optional<PinnedAttributor> pins(String field, List<IndexMetadata> indices) {
    Map<String, PinnedAttributor> byIndex = new TreeMap<>();
    for (IndexMetadata index : indices) {
      mappings.pins(index, field).ifPresent(pins -> byIndex.put(index.getIndex().getName(), pins));
    }
    requireOneFingerprint(field, byIndex);
    return byIndex.values().stream().findFirst();
  }

  private String[] names(
      IndicesRequest request, ClusterState now, NamedWriteableRegistry registry) {
    if (request instanceof SearchRequest search
        && search.source() != null
        && search.source().pointInTimeBuilder() != null) {
      String id = search.source().pointInTimeBuilder().getId();
      return SearchContextId.decode(registry, id).getActualIndices();
    }
    requireLocal(request.indices());
    return resolver.concreteIndexNames(now, request);
  }

  private static void requireLocal(String[] expressions) {
    if (expressions == null) {
      return;
    }
    // Date math, <logs-{now/d{yyyy|+12:00}}>, may contain a colon too.
    List<String> remote =
        Arrays.stream(expressions).filter(it -> it.contains(":") && !it.startsWith("<")).toList();
    if (!remote.isEmpty()) {
      throw new IllegalArgumentException(
          "[influence] cannot search other clusters, got %s: send the search to the cluster that holds the index"
              .formatted(remote));
    }
  }

  private static void requireOneFingerprint(String field, Map<String, PinnedAttributor> byIndex) {
    Map<String, String> indexOf = new LinkedHashMap<>();
    byIndex.forEach((index, pins) -> indexOf.putIfAbsent(pins.fingerprint(), index));
    if (indexOf.size() < 2) {
      return;
    }
    String each =
        byIndex.entrySet().stream()
            .map(
                entry ->
                    "index [%s] of [%s] with fingerprint [%s];"
                        .formatted(
                            entry.getKey(),
                            entry.getValue().attributor(),
                            entry.getValue().fingerprint()))
            .collect(Collectors.joining(" "));
    throw new IllegalArgumentException(
        "field [%s] holds gradients of different attributors: %s their influences cannot be compared, search these indices separately"
            .formatted(field, each));
  }
}
