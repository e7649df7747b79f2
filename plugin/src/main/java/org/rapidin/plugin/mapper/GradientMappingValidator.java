package org.rapidin.plugin.mapper;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.opensearch.action.RequestValidators;
import org.opensearch.action.admin.indices.mapping.put.PutMappingRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.index.Index;

/**
 * Judges a mapping that adds a gradient field to an existing index, before {@link
 * GradientMappingTransformer} completes it: the index must have the codec, and a {@code _source}
 * that leaves the field out, because that cannot be changed any more; and no field of either may be
 * copied into a gradient field of the other.
 *
 * <p>It also carries the index's own {@code _source} into the request. The transformer does not see
 * the index; without it, it would add the field to an empty {@code _source} and the merge would
 * refuse the difference.
 */
public final class GradientMappingValidator
    implements RequestValidators.RequestValidator<PutMappingRequest> {
  private static final String SOURCE = "_source";

  @Override
  public Optional<Exception> validateRequest(
      PutMappingRequest request, ClusterState state, Index[] indices) {
    if (request.source() == null || !mayConcern(request.source())) {
      return Optional.empty();
    }
    Map<String, Object> mapping =
        XContentHelper.convertToMap(XContentType.JSON.xContent(), request.source(), true);
    Set<String> fields = GradientFields.in(mapping).keySet();
    try {
      for (Index index : indices) {
        IndexMetadata metadata = state.metadata().getIndexSafe(index);
        check(fields, metadata);
        if (GradientMappings.mayHaveGradients(metadata)) {
          CopiedGradients.refuseAdded(mapping, root(metadata));
        }
      }
      if (!fields.isEmpty()) {
        carrySource(request, mapping, state, indices);
      }
      return Optional.empty();
    } catch (IllegalArgumentException refused) {
      return Optional.of(refused);
    }
  }

  /**
   * Without parsing: most mappings have no gradient field and copy nothing. In JSON any character
   * may be escaped.
   */
  private static boolean mayConcern(String json) {
    return Stream.of(GradientVectorFieldType.TYPE, "copy_to", "{name}", "\\u")
        .anyMatch(json::contains);
  }

  private static void check(Set<String> fields, IndexMetadata index) {
    for (String field : fields) {
      IndexRequirements.violation(field, index.getSettings())
          .ifPresent(
              sentence -> {
                throw new IllegalArgumentException(sentence);
              });
      if (index.mapping() != null && !SourceExclusion.leavesOut(field, root(index))) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "_source of index [%s] keeps field [%s] and cannot be changed: create an index with the field in its mapping and _reindex into it",
                index.getIndex().getName(),
                field));
      }
    }
  }

  private static void carrySource(
      PutMappingRequest request, Map<String, Object> mapping, ClusterState state, Index[] indices) {
    Map<String, Object> root = GradientFields.root(mapping);
    if (root.containsKey(SOURCE)) {
      return;
    }
    Set<Object> sources = new HashSet<>();
    for (Index index : indices) {
      IndexMetadata metadata = state.metadata().getIndexSafe(index);
      if (metadata.mapping() != null) {
        sources.add(root(metadata).get(SOURCE));
      }
    }
    if (sources.size() > 1) {
      throw new IllegalArgumentException(
          "the indices have different _source settings: put the mapping on each by itself");
    }
    if (!sources.isEmpty()) {
      root.put(SOURCE, sources.iterator().next());
      request.source(mapping);
    }
  }

  private static Map<String, Object> root(IndexMetadata index) {
    return GradientFields.root(index.mapping().sourceAsMap());
  }
}
