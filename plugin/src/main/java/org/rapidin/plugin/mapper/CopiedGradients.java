package org.rapidin.plugin.mapper;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Parts of a mapping whose {@code copy_to} names a gradient field. They are refused where a mapping
 * is put, and so are documents of indices that have them from an earlier version: the value of the
 * other field stays in {@code _source}, and is not looked at when the permission to bring a vector
 * is asked for. As with {@link DynamicGradients}, the mapper does not refuse such values.
 */
public final class CopiedGradients {
  private static final String COPY_TO = "copy_to";

  private CopiedGradients() {}

  /**
   * Finds such parts.
   *
   * @param mapping with or without a {@code _doc} level
   * @return what each is and its name
   */
  static List<String> in(Map<String, Object> mapping) {
    return in(mapping, GradientFields.in(mapping).keySet(), Set.of());
  }

  /**
   * Checks a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   * @throws IllegalArgumentException if it has such a part; names it
   */
  public static void refuse(Map<String, Object> mapping) {
    refuse(in(mapping));
  }

  /**
   * Checks what a mapping adds to that of an index.
   *
   * @param added with or without a {@code _doc} level
   * @param present the index's mapping, whose fields the other may replace
   * @throws IllegalArgumentException if together they have such a part that they did not have
   */
  static void refuseAdded(Map<String, Object> added, Map<String, Object> present) {
    Set<String> gradients = new HashSet<>(GradientFields.in(added).keySet());
    Set<String> earlier = GradientFields.in(present).keySet();
    gradients.removeAll(earlier);
    List<String> parts = new ArrayList<>(in(present, gradients, names(added)));
    gradients.addAll(earlier);
    parts.addAll(in(added, gradients, Set.of()));
    refuse(parts);
  }

  private static void refuse(List<String> parts) {
    if (!parts.isEmpty()) {
      throw new IllegalArgumentException(
          "%s would copy values into a field of type [gradient_vector]: leave that copy_to out"
              .formatted(String.join(", ", parts)));
    }
  }

  private static Set<String> names(Map<String, Object> mapping) {
    Set<String> names = new HashSet<>();
    GradientFields.forEachField(mapping, (name, node) -> names.add(name));
    return names;
  }

  private static List<String> in(
      Map<String, Object> mapping, Set<String> gradients, Set<String> replaced) {
    List<String> parts = new ArrayList<>();
    if (gradients.isEmpty()) {
      return parts;
    }
    GradientFields.forEachField(
        mapping,
        (name, node) -> {
          if (!replaced.contains(name) && names(node.get(COPY_TO), gradients)) {
            parts.add("field [%s]".formatted(name));
          }
        });
    parts.addAll(DynamicParts.in(mapping, part -> couldCopy(part, gradients)));
    return parts;
  }

  private static boolean couldCopy(Map<?, ?> part, Set<String> gradients) {
    return part.entrySet().stream()
        .anyMatch(
            entry ->
                DynamicParts.couldBe(COPY_TO, entry.getKey())
                    && gradients.stream().anyMatch(field -> couldName(entry.getValue(), field)));
  }

  private static boolean couldName(Object targets, String field) {
    return targets instanceof Collection<?> several
        ? several.stream().anyMatch(target -> DynamicParts.couldBe(field, target))
        : DynamicParts.couldBe(field, targets);
  }

  private static boolean names(Object targets, Set<String> gradients) {
    return targets instanceof Collection<?> several
        ? several.stream().anyMatch(gradients::contains)
        : targets != null && gradients.contains(targets.toString());
  }
}
