package org.rapidin.plugin.mapper;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Parts of a mapping of which documents make fields: dynamic templates and dynamic properties. */
final class DynamicParts {
  private DynamicParts() {}

  /**
   * Finds parts that hold the parameters of a certain field, also inside of an object that they
   * make.
   *
   * @param mapping with or without a {@code _doc} level
   * @param isSuch says it of one field's parameters
   * @return what each is and its name
   */
  static List<String> in(Map<String, Object> mapping, Predicate<Map<?, ?>> isSuch) {
    Map<String, Object> root = GradientFields.root(mapping);
    List<String> parts = new ArrayList<>();
    if (root.get("dynamic_templates") instanceof Collection<?> templates) {
      templates.forEach(template -> addTo(parts, "dynamic template", template, isSuch));
    }
    addTo(parts, "dynamic property", root.get("dynamic_properties"), isSuch);
    return parts;
  }

  private static void addTo(
      List<String> parts, String kind, Object byName, Predicate<Map<?, ?>> isSuch) {
    if (byName instanceof Map<?, ?> map) {
      map.forEach(
          (name, part) -> {
            if (holds(part, isSuch)) {
              parts.add("%s [%s]".formatted(kind, name));
            }
          });
    }
  }

  private static boolean holds(Object part, Predicate<Map<?, ?>> isSuch) {
    return part instanceof Map<?, ?> map
        && (isSuch.test(map) || map.values().stream().anyMatch(inner -> holds(inner, isSuch)));
  }

  /**
   * Whether a text in a part is the wanted one, or could become it when OpenSearch puts the name of
   * a field and the type of its value into the braces of keys and texts.
   */
  static boolean couldBe(String wanted, Object text) {
    String written = String.valueOf(text);
    int open = written.indexOf('{');
    int close = written.lastIndexOf('}');
    if (open < 0 || close < open) {
      return wanted.equals(written);
    }
    String start = written.substring(0, open);
    String end = written.substring(close + 1);
    return wanted.length() >= start.length() + end.length()
        && wanted.startsWith(start)
        && wanted.endsWith(end);
  }
}
