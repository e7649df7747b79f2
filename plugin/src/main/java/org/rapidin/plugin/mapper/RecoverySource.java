package org.rapidin.plugin.mapper;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.opensearch.common.xcontent.support.XContentMapValues;

/**
 * Whether OpenSearch keeps the whole document for the recovery of other copies until all of them
 * have it. Without it a copy that was away, or that is built while documents are written, gets
 * documents as {@code _source} has them, without vectors, and they count as recovered.
 */
public final class RecoverySource {
  private RecoverySource() {}

  /**
   * Checks all gradient fields of a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   * @throws IllegalArgumentException if a recovered document would lack one of them
   */
  public static void require(Map<String, Object> mapping) {
    Set<String> lost = lost(mapping);
    if (!lost.isEmpty()) {
      throw new IllegalArgumentException(
          ("the mapping's _source has no recovery source with the gradient vectors in %s: a replica"
                  + " that was away, or a shard that moves while documents are written, would get"
                  + " documents without their vectors; leave recovery_source_enabled,"
                  + " recovery_source_includes and recovery_source_excludes out of the mapping and"
                  + " of the templates that it is made from")
              .formatted(lost));
    }
  }

  /**
   * Returns the full names of the gradient fields that a recovered document would lack, sorted.
   *
   * @param mapping with or without a {@code _doc} level
   */
  static Set<String> lost(Map<String, Object> mapping) {
    Map<String, Object> source = SourceExclusion.sourceOf(GradientFields.root(mapping));
    return GradientFields.in(mapping).keySet().stream()
        .filter(field -> leavesOut(field, source))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean leavesOut(String field, Map<String, Object> source) {
    return !XContentMapValues.nodeBooleanValue(source.get("recovery_source_enabled"), true)
        || SourceExclusion.leavesOut(
            field,
            SourceExclusion.patterns(source, "recovery_source_includes"),
            SourceExclusion.patterns(source, "recovery_source_excludes"));
  }
}
