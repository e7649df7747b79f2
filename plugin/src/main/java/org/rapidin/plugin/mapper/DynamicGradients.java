package org.rapidin.plugin.mapper;

import java.util.List;
import java.util.Map;

/**
 * Parts of a mapping by which documents would make gradient fields. They are refused where a
 * mapping is put, and so are documents of indices that have them from an earlier version: a
 * document brings its vector before the field exists, so nobody was asked for the permission, and
 * no attributor was pinned. The mapper does not refuse such fields: it cannot tell a document that
 * comes from one that a primary of an earlier version has accepted.
 */
final class DynamicGradients {
  private DynamicGradients() {}

  /**
   * Finds such parts.
   *
   * @param mapping with or without a {@code _doc} level
   * @return what each is and its name
   */
  static List<String> in(Map<String, Object> mapping) {
    return DynamicParts.in(mapping, DynamicGradients::isGradient);
  }

  /**
   * Checks a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   * @throws IllegalArgumentException if it has such a part; names it
   */
  static void refuse(Map<String, Object> mapping) {
    List<String> parts = in(mapping);
    if (!parts.isEmpty()) {
      throw new IllegalArgumentException(
          "%s would make a field of type [gradient_vector] of what a document brings: add the field to the mapping's properties"
              .formatted(String.join(", ", parts)));
    }
  }

  /**
   * Whether the part has the type, or could have it from the name of a field, and the pins without
   * which there is no such field. The name may also complete their keys.
   */
  private static boolean isGradient(Map<?, ?> part) {
    return GradientVectorFieldType.TYPE.equals(part.get("type"))
        || part.entrySet().stream()
            .anyMatch(
                entry ->
                    DynamicParts.couldBe("type", entry.getKey())
                        && DynamicParts.couldBe(GradientVectorFieldType.TYPE, entry.getValue())
                        && isPinnedBesides(part, entry.getKey()));
  }

  private static boolean isPinnedBesides(Map<?, ?> part, Object typeKey) {
    return part.keySet().stream()
        .anyMatch(
            key -> !key.equals(typeKey) && DynamicParts.couldBe(PinnedAttributor.FINGERPRINT, key));
  }
}
