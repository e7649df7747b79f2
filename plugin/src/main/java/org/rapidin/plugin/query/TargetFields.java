package org.rapidin.plugin.query;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.opensearch.action.IndicesRequest;
import org.opensearch.action.search.SearchContextId;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.rapidin.plugin.mapper.GradientFields;
import org.rapidin.plugin.mapper.PinnedAttributor;

/** Which attributor made the vectors of a field, over all indices that a request searches. */
final class TargetFields {
  private final Supplier<ClusterState> state;
  private final IndexNameExpressionResolver resolver;

  TargetFields(Supplier<ClusterState> state, IndexNameExpressionResolver resolver) {
    this.state = state;
    this.resolver = resolver;
  }

  /**
   * Reads the field's pins in every index.
   *
   * @param registry reads the indices of a point in time
   * @return empty where no index maps the field to gradients
   * @throws IllegalArgumentException if indices disagree, or if one is on another cluster
   */
  Optional<PinnedAttributor> pins(
      String field, IndicesRequest request, NamedWriteableRegistry registry) {
    Map<String, PinnedAttributor> byIndex = new TreeMap<>();
    ClusterState now = state.get();
    for (String index : indices(request, now, registry)) {
      IndexMetadata metadata = now.metadata().index(index);
      // An index of a point in time may be gone by now.
      if (metadata != null) {
        GradientFields.pins(metadata, field).ifPresent(pins -> byIndex.put(index, pins));
      }
    }
    requireOneFingerprint(field, byIndex);
    return byIndex.values().stream().findFirst();
  }

  private String[] indices(
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
    // Date math, <logs-{now/d{yyyy|+12:00}}>, may hold a colon too.
    List<String> remote =
        Arrays.stream(expressions).filter(it -> it.contains(":") && !it.startsWith("<")).toList();
    if (!remote.isEmpty()) {
      throw new IllegalArgumentException(
          "[influence] cannot search other clusters, got "
              + remote
              + ": send the search to the cluster that holds the index");
    }
  }

  private static void requireOneFingerprint(String field, Map<String, PinnedAttributor> byIndex) {
    Map<String, String> indexOf = new LinkedHashMap<>();
    byIndex.forEach((index, pins) -> indexOf.putIfAbsent(pins.fingerprint(), index));
    if (indexOf.size() < 2) {
      return;
    }
    StringBuilder sentence =
        new StringBuilder("field [" + field + "] holds gradients of different attributors:");
    byIndex.forEach(
        (index, pins) ->
            sentence.append(
                String.format(
                    Locale.ROOT,
                    " index [%s] of [%s] with fingerprint [%s];",
                    index,
                    pins.attributor(),
                    pins.fingerprint())));
    throw new IllegalArgumentException(
        sentence
            .append(" influences of different attributors do not compare, search them apart")
            .toString());
  }
}
