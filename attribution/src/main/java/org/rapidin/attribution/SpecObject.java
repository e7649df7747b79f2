package org.rapidin.attribution;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A JSON object of an attributor's spec, read strictly: keys that are not allowed and values of
 * another type are refused by name.
 *
 * @param path how errors name the object, empty for the whole spec
 * @param values key to value; null stands for absent
 */
record SpecObject(String path, Map<String, ?> values) {

  /**
   * Checks the keys.
   *
   * @throws IllegalArgumentException if a key is not among the allowed ones
   */
  SpecObject(String path, Map<String, ?> values, String... allowed) {
    this(path, values);
    for (Object key : values.keySet()) {
      if (!Arrays.asList(allowed).contains(key)) {
        throw new IllegalArgumentException(
            "unknown key [%s] in the attributor, allowed %s%s"
                .formatted(
                    named(String.valueOf(key)),
                    path.isEmpty() ? "are " : "in [%s] are ".formatted(path),
                    Arrays.toString(allowed)));
      }
    }
  }

  boolean has(String key) {
    return values.get(key) != null;
  }

  /** The object under a key, empty where there is none. */
  SpecObject object(String key, String... allowed) {
    return has(key)
        ? object(named(key), values.get(key), allowed)
        : new SpecObject(named(key), Map.of());
  }

  /** The object at a path. */
  @SuppressWarnings("unchecked")
  static SpecObject object(String path, Object value, String... allowed) {
    if (value instanceof Map<?, ?> map) {
      return new SpecObject(path, (Map<String, ?>) map, allowed);
    }
    throw wrongType(path, "an object", value);
  }

  /** A string that must be there. */
  String string(String key) {
    if (!has(key)) {
      throw new IllegalArgumentException("[%s] is missing in the attributor".formatted(named(key)));
    }
    return string(named(key), values.get(key));
  }

  /** A string with a default. */
  String string(String key, String otherwise) {
    return has(key) ? string(key) : otherwise;
  }

  /** The string at a path. */
  static String string(String path, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(path, "a string", value);
  }

  /** A list; empty where there is none. */
  List<?> list(String key) {
    if (!has(key)) {
      return List.of();
    }
    if (values.get(key) instanceof List<?> list) {
      return list;
    }
    throw wrongType(named(key), "a list", values.get(key));
  }

  /** A whole number with a default. */
  long integer(String key, long otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    Object value = values.get(key);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw wrongType(named(key), "a whole number of at most 64 bits", value);
  }

  /** A whole number of 32 bits with a default. */
  int smallInteger(String key, int otherwise) {
    long value = integer(key, otherwise);
    if (value != (int) value) {
      throw wrongType(named(key), "a whole number of at most 32 bits", value);
    }
    return (int) value;
  }

  /** A number with a default. */
  double number(String key, double otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (values.get(key) instanceof Number number) {
      return number.doubleValue();
    }
    throw wrongType(named(key), "a number", values.get(key));
  }

  /** How errors name a key of this object. */
  String named(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static IllegalArgumentException wrongType(String path, String wanted, Object got) {
    String type = got == null ? "null" : got.getClass().getSimpleName() + " [" + got + "]";
    return new IllegalArgumentException(
        "[%s] of the attributor must be %s, got %s".formatted(path, wanted, type));
  }
}
