package org.rapidin.plugin.mapper;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What queries ask about one mapping.
 *
 * @param gradients full name → parameters of every gradient field
 * @param aliases full name of every field alias → full name of its field
 * @param names full names of all fields, multi-fields and aliases
 * @param lost full names of the gradient fields that {@link RecoverySource} leaves out
 * @param dynamic what would make gradient fields of documents; see {@link DynamicGradients}
 * @param copied what would copy values into gradient fields; see {@link CopiedGradients}
 */
record MappedFields(
    Map<String, Map<String, Object>> gradients,
    Map<String, String> aliases,
    Set<String> names,
    Set<String> lost,
    List<String> dynamic,
    List<String> copied) {

  /**
   * Reads a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   */
  static MappedFields of(Map<String, Object> mapping) {
    Map<String, String> aliases = new HashMap<>();
    Set<String> names = new HashSet<>();
    GradientFields.forEachField(
        mapping,
        (name, node) -> {
          names.add(name);
          if ("alias".equals(node.get("type"))) {
            aliases.put(name, String.valueOf(node.get("path")));
          }
        });
    return new MappedFields(
        GradientFields.in(mapping),
        aliases,
        names,
        RecoverySource.lost(mapping),
        DynamicGradients.in(mapping),
        CopiedGradients.in(mapping));
  }

  /**
   * Returns one field's pins.
   *
   * @param field full name; an alias is followed
   * @return empty where the field is absent or of another type
   * @throws IllegalArgumentException if the field lacks a pin
   */
  Optional<PinnedAttributor> pins(String field) {
    return Optional.ofNullable(gradients.get(aliases.getOrDefault(field, field)))
        .map(node -> PinnedAttributor.fromMapping(field, node));
  }
}
