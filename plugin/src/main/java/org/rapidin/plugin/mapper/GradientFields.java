package org.rapidin.plugin.mapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.opensearch.index.mapper.MapperService;

/** Finds {@code gradient_vector} fields in a mapping that is still maps of maps. */
public final class GradientFields {
  static final String PROPERTIES = "properties";
  private static final String MULTI_FIELDS = "fields";

  private GradientFields() {}

  /**
   * The mapping without the {@code _doc} level that some requests have.
   *
   * @return the same map or a map in it, so that changes show in the argument
   */
  @SuppressWarnings("unchecked")
  static Map<String, Object> root(Map<String, Object> mapping) {
    return MapperService.isMappingSourceTyped(MapperService.SINGLE_MAPPING_NAME, mapping)
        ? (Map<String, Object>) mapping.get(MapperService.SINGLE_MAPPING_NAME)
        : mapping;
  }

  /**
   * Returns all gradient fields.
   *
   * @param mapping with or without a {@code _doc} level
   * @return full field name to the field's parameters, which are not copies
   */
  public static Map<String, Map<String, Object>> in(Map<String, Object> mapping) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    forEachField(
        mapping,
        (name, node) -> {
          if (isGradient(node)) {
            found.put(name, node);
          }
        });
    return found;
  }

  /**
   * Visits all fields that are not objects, multi-fields too.
   *
   * @param mapping with or without a {@code _doc} level
   * @param visitor receives the full name and the parameters
   */
  static void forEachField(
      Map<String, Object> mapping, BiConsumer<String, Map<String, Object>> visitor) {
    visit("", PROPERTIES, root(mapping), visitor);
  }

  private static void visit(
      String prefix,
      String key,
      Map<String, Object> parent,
      BiConsumer<String, Map<String, Object>> visitor) {
    map(parent.get(key))
        .forEach(
            (name, value) -> {
              Map<String, Object> node = map(value);
              if (!node.containsKey(PROPERTIES)) {
                visitor.accept(prefix + name, node);
              }
              visit(prefix + name + ".", PROPERTIES, node, visitor);
              visit(prefix + name + ".", MULTI_FIELDS, node, visitor);
            });
  }

  /** Whether these are the parameters of a gradient field. */
  static boolean isGradient(Map<String, Object> node) {
    return GradientVectorFieldType.TYPE.equals(node.get("type"));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
