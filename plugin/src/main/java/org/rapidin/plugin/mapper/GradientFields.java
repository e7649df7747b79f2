package org.rapidin.plugin.mapper;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.index.mapper.MapperService;

/** Finds {@code gradient_vector} fields in a mapping that is still maps of maps. */
public final class GradientFields {
  private static final String PROPERTIES = "properties";

  private GradientFields() {}

  /**
   * The mapping without the {@code _doc} level that some requests have.
   *
   * @return the same map or a map in it, so changes show in the argument
   */
  @SuppressWarnings("unchecked")
  static Map<String, Object> root(Map<String, Object> mapping) {
    return MapperService.isMappingSourceTyped(MapperService.SINGLE_MAPPING_NAME, mapping)
        ? (Map<String, Object>) mapping.get(MapperService.SINGLE_MAPPING_NAME)
        : mapping;
  }

  /**
   * All gradient fields.
   *
   * @param mapping with or without a {@code _doc} level
   * @return full field name to the field's parameters, which are not copies
   */
  public static Map<String, Map<String, Object>> in(Map<String, Object> mapping) {
    Map<String, Map<String, Object>> found = new LinkedHashMap<>();
    collect("", root(mapping), found);
    return found;
  }

  /**
   * One field's pins in an index. Cheap for indices of another codec, which have no such field.
   *
   * @param field full name; an alias is followed
   * @return empty where the field is absent or of another type
   * @throws IllegalArgumentException if the field lacks a pin
   */
  public static Optional<PinnedAttributor> pins(IndexMetadata index, String field) {
    return index.mapping() == null || !IndexRequirements.hasCodec(index.getSettings())
        ? Optional.empty()
        : pins(index.mapping().sourceAsMap(), field);
  }

  /**
   * One field's pins in a mapping.
   *
   * @param mapping with or without a {@code _doc} level
   */
  static Optional<PinnedAttributor> pins(Map<String, Object> mapping, String field) {
    Map<String, Object> node = node(root(mapping), field);
    if (node != null && "alias".equals(node.get("type"))) {
      return pins(mapping, (String) node.get("path"));
    }
    if (node == null || !isGradient(node)) {
      return Optional.empty();
    }
    return Optional.of(PinnedAttributor.fromMapping(field, node));
  }

  private static Map<String, Object> node(Map<String, Object> object, String field) {
    Map<String, Object> properties = map(object.get(PROPERTIES));
    Map<String, Object> direct = map(properties.get(field));
    if (!direct.isEmpty()) {
      return direct;
    }
    for (int dot = field.indexOf('.'); dot > 0; dot = field.indexOf('.', dot + 1)) {
      Map<String, Object> parent = map(properties.get(field.substring(0, dot)));
      Map<String, Object> found = parent.isEmpty() ? null : node(parent, field.substring(dot + 1));
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static void collect(
      String prefix, Map<String, Object> object, Map<String, Map<String, Object>> found) {
    map(object.get(PROPERTIES))
        .forEach(
            (name, value) -> {
              Map<String, Object> node = map(value);
              if (isGradient(node)) {
                found.put(prefix + name, node);
              } else {
                collect(prefix + name + ".", node, found);
              }
            });
  }

  private static boolean isGradient(Map<String, Object> node) {
    return GradientVectorFieldType.TYPE.equals(node.get("type"));
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
