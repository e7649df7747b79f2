package org.rapidin.plugin.mapper;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.common.xcontent.support.XContentMapValues;

/**
 * Whether {@code _source} leaves a field out, judged by the filter that OpenSearch itself applies,
 * so that patterns and parents count as they do there.
 */
final class SourceExclusion {
  private static final String SOURCE = "_source";
  private static final String EXCLUDES = "excludes";

  private SourceExclusion() {}

  /**
   * Whether a stored source would not hold the field.
   *
   * @param field full name
   * @param includes patterns of the mapping's {@code _source}; empty for all
   * @param excludes patterns of the mapping's {@code _source}
   */
  static boolean leavesOut(String field, Collection<String> includes, Collection<String> excludes) {
    Map<String, Object> kept =
        XContentMapValues.filter(
            documentWith(field), includes.toArray(String[]::new), excludes.toArray(String[]::new));
    return XContentMapValues.extractValue(field, kept) == null;
  }

  /**
   * As {@link #leavesOut(String, Collection, Collection)} for a mapping that is still a map.
   *
   * @param root the mapping without a {@code _doc} level
   */
  static boolean leavesOut(String field, Map<String, Object> root) {
    Map<String, Object> source = sourceOf(root);
    return !XContentMapValues.nodeBooleanValue(source.get("enabled"), true)
        || leavesOut(field, patterns(source, "includes"), patterns(source, EXCLUDES));
  }

  /**
   * Makes the mapping's {@code _source} leave the field out.
   *
   * @param root the mapping without a {@code _doc} level; changed where needed
   */
  static void exclude(String field, Map<String, Object> root) {
    if (leavesOut(field, root)) {
      return;
    }
    Map<String, Object> source = new HashMap<>(sourceOf(root));
    List<String> excludes = new ArrayList<>(patterns(source, EXCLUDES));
    excludes.add(field);
    source.put(EXCLUDES, excludes);
    root.put(SOURCE, source);
  }

  /** The mapping's {@code _source}; empty if it has none. */
  @SuppressWarnings("unchecked")
  static Map<String, Object> sourceOf(Map<String, Object> root) {
    return root.get(SOURCE) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  /** Patterns of a {@code _source}, which may also be a single text; empty if it has none. */
  static List<String> patterns(Map<String, Object> source, String key) {
    return List.of(XContentMapValues.nodeStringArrayValue(source.getOrDefault(key, List.of())));
  }

  private static Map<String, Object> documentWith(String field) {
    int dot = field.indexOf('.');
    return dot < 0
        ? Map.of(field, true)
        : Map.of(field.substring(0, dot), documentWith(field.substring(dot + 1)));
  }
}
