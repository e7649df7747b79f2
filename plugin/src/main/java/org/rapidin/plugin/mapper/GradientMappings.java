package org.rapidin.plugin.mapper;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;
import org.opensearch.transport.Transports;
import org.rapidin.scorer.ElementType;

/**
 * The gradient fields of indices, parsed once per version of a mapping. Indices of another codec
 * have no such field and are never parsed.
 *
 * <p>Safe for many threads. Parsing decompresses the whole mapping: do not call this on transport
 * or cluster-manager threads.
 */
public final class GradientMappings {
  private static final int MAX_INDICES = 1_000;
  private static final MappedFields NONE =
      new MappedFields(Map.of(), Map.of(), Set.of(), Set.of(), List.of(), List.of());

  private final Cache<Key, MappedFields> parsed =
      CacheBuilder.<Key, MappedFields>builder().setMaximumWeight(MAX_INDICES).build();

  private record Key(String uuid, long version) {}

  /**
   * Returns one field's pins in an index.
   *
   * @param field full name; an alias is followed
   * @return empty where the field is absent or of another type
   * @throws IllegalArgumentException if the field lacks a pin
   */
  public Optional<PinnedAttributor> pins(IndexMetadata index, String field) {
    return fields(index).pins(field);
  }

  /**
   * Whether an index that can have gradients maps a field of any type.
   *
   * @param field full name
   */
  public boolean maps(IndexMetadata index, String field) {
    return fields(index).names().contains(field);
  }

  /**
   * Returns the full names of an index's gradient fields.
   *
   * @param index null (no such index) has none
   */
  public Set<String> gradients(IndexMetadata index) {
    return index == null ? Set.of() : fields(index).gradients().keySet();
  }

  /**
   * Returns why an index takes no more vectors: other copies of a shard would not get them, because
   * {@link RecoverySource} leaves a gradient field out. New indices are checked when they are
   * created; those of earlier versions were not.
   *
   * @return empty if it takes them
   */
  public Optional<IllegalArgumentException> unrecoverable(IndexMetadata index) {
    Set<String> lost = fields(index).lost();
    return lost.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new IllegalArgumentException(
                "index [%s] takes no more gradient vectors: its _source has no recovery source with %s, and a replica could get documents without them; create an index without recovery_source_enabled, recovery_source_includes and recovery_source_excludes, and index the documents there"
                    .formatted(index.getIndex().getName(), lost)));
  }

  /**
   * Returns why an index takes no more documents: they could make gradient fields, or copy the
   * values of other fields into them. New mappings cannot have what does that; those of earlier
   * versions could.
   *
   * @return empty if it takes them
   */
  public Optional<IllegalArgumentException> closed(IndexMetadata index) {
    MappedFields fields = fields(index);
    return closed(
            index,
            fields.dynamic(),
            "make a field of type [gradient_vector] of what a document brings; put a mapping with \"dynamic_templates\": [] on it, or reindex it into an index that has the field in the mapping's properties")
        .or(
            () ->
                closed(
                    index,
                    fields.copied(),
                    "copy values into a field of type [gradient_vector]; put a mapping on it that has them without that copy_to"));
  }

  private static Optional<IllegalArgumentException> closed(
      IndexMetadata index, List<String> parts, String does) {
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new IllegalArgumentException(
                "index [%s] takes no more documents: its %s would %s"
                    .formatted(index.getIndex().getName(), String.join(", ", parts), does)));
  }

  /**
   * Whether an index has a gradient field of an attributor.
   *
   * @param attributor its id
   */
  public boolean uses(IndexMetadata index, String attributor) {
    return fields(index).gradients().values().stream()
        .anyMatch(field -> attributor.equals(field.get("attributor")));
  }

  /**
   * Returns how a gradient field stores numbers.
   *
   * @param field full name, not of an alias
   * @return empty where the field is absent or of another type
   */
  public Optional<ElementType> elementType(IndexMetadata index, String field) {
    return Optional.ofNullable(index)
        .map(present -> fields(present).gradients().get(field))
        .map(GradientVectorFieldBuilder::elementType);
  }

  /**
   * Whether an index can have gradient fields; answers without its mapping, on any thread.
   *
   * @param index null (no such index) cannot
   */
  public static boolean mayHaveGradients(IndexMetadata index) {
    return index != null
        && index.mapping() != null
        && IndexRequirements.hasCodec(index.getSettings());
  }

  private MappedFields fields(IndexMetadata index) {
    if (!mayHaveGradients(index)) {
      return NONE;
    }
    assert Transports.assertNotTransportThread("may decompress a mapping");
    try {
      return parsed.computeIfAbsent(
          new Key(index.getIndexUUID(), index.getMappingVersion()),
          key -> MappedFields.of(index.mapping().sourceAsMap()));
    } catch (ExecutionException e) {
      throw new IllegalStateException(
          "the mapping of index [%s] cannot be parsed".formatted(index.getIndex().getName()), e);
    }
  }
}
