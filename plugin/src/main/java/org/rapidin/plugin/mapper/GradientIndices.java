package org.rapidin.plugin.mapper;

import java.util.Set;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.cache.Cache;
import org.opensearch.common.cache.CacheBuilder;

/**
 * Which indices have gradient vectors. Remembers the answer for a mapping's version, for a mapping
 * is compressed JSON and updates come by the thousand. Safe for many threads.
 */
public final class GradientIndices {
  private record MappingVersion(String indexUuid, long version) {}

  private final Cache<MappingVersion, Set<String>> known =
      CacheBuilder.<MappingVersion, Set<String>>builder().setMaximumWeight(1000).build();

  /**
   * Full names of an index's gradient fields.
   *
   * @param index null (no such index) has none
   */
  public Set<String> fields(IndexMetadata index) {
    if (index == null || index.mapping() == null) {
      return Set.of();
    }
    MappingVersion key = new MappingVersion(index.getIndexUUID(), index.getMappingVersion());
    Set<String> fields = known.get(key);
    if (fields == null) {
      fields = Set.copyOf(GradientFields.in(index.mapping().sourceAsMap()).keySet());
      known.put(key, fields);
    }
    return fields;
  }

  /** The sentence for an update to an index that has gradient fields. */
  public static IllegalArgumentException updateRefused(String index, Set<String> fields) {
    return new IllegalArgumentException(
        "index ["
            + index
            + "] has gradient vectors in "
            + fields
            + ", which _source does not hold: an update would lose them; index the whole document,"
            + " or run _update_by_query or _reindex with the pipeline that computes them");
  }
}
