package org.rapidin.plugin.mapper;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Parts of a mapping by which documents would make gradient fields. They are refused: a document
 * brings its vector before the field exists, so nobody was asked for the permission, and no
 * attributor was pinned. A template whose type depends on the name of the field is not found here;
 * {@link GradientVectorFieldMapper} refuses its fields.
 */
final class DynamicGradients {
  private DynamicGradients() {}

  /**
   * Checks a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   * @throws IllegalArgumentException if it has such a part; names it
   */
  static void refuse(Map<String, Object> mapping) {
    Map<String, Object> root = GradientFields.root(mapping);
    List<String> parts = new ArrayList<>();
    if (root.get("dynamic_templates") instanceof Collection<?> templates) {
      templates.forEach(template -> addTo(parts, "dynamic template", template));
    }
    addTo(parts, "dynamic property", root.get("dynamic_properties"));
    if (!parts.isEmpty()) {
      throw new IllegalArgumentException(
          "%s would make a field of type [gradient_vector] of what a document brings: add the field to the mapping's properties"
              .formatted(String.join(", ", parts)));
    }
  }

  private static void addTo(List<String> parts, String kind, Object byName) {
    if (byName instanceof Map<?, ?> map) {
      map.forEach(
          (name, part) -> {
            if (holdsGradient(part)) {
              parts.add("%s [%s]".formatted(kind, name));
            }
          });
    }
  }

  /** Also inside of an object that a template makes. */
  private static boolean holdsGradient(Object part) {
    return part instanceof Map<?, ?> map
        && (GradientVectorFieldType.TYPE.equals(map.get("type"))
            || map.values().stream().anyMatch(DynamicGradients::holdsGradient));
  }
}
