package org.rapidin.attribution.spec;

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
public record SpecObject(String path, Map<String, ?> values) {

  /**
   * Checks the keys.
   *
   * @throws IllegalArgumentException if a key is not among the allowed ones
   */
  public SpecObject(String path, Map<String, ?> values, String... allowed) {
    this(path, values);
    requireKeys(allowed);
  }

  /**
   * Checks the keys.
   *
   * @throws IllegalArgumentException if a key is not among the allowed ones
   */
  public void requireKeys(String... allowed) {
    for (Object key : values.keySet()) {
      if (!Arrays.asList(allowed).contains(key)) {
        throw new IllegalArgumentException(
            "unknown key [%s], allowed %s%s"
                .formatted(
                    named(String.valueOf(key)),
                    path.isEmpty() ? "are " : "in [%s] are ".formatted(path),
                    Arrays.toString(allowed)));
      }
    }
  }

  /** Whether a key has a value. */
  public boolean has(String key) {
    return values.get(key) != null;
  }

  /** The object under a key, empty where there is none. */
  public SpecObject object(String key, String... allowed) {
    SpecObject object = unchecked(key);
    object.requireKeys(allowed);
    return object;
  }

  /** The object under a key, empty where there is none; its keys are yet to be checked. */
  public SpecObject unchecked(String key) {
    return has(key) ? object(named(key), values.get(key)) : new SpecObject(named(key), Map.of());
  }

  /** The object at a path. */
  public static SpecObject object(String path, Object value, String... allowed) {
    SpecObject object = object(path, value);
    object.requireKeys(allowed);
    return object;
  }

  @SuppressWarnings("unchecked")
  private static SpecObject object(String path, Object value) {
    if (value instanceof Map<?, ?> map) {
      return new SpecObject(path, (Map<String, ?>) map);
    }
    throw wrongType(path, "an object", value);
  }

  /**
   * A string that must be there.
   *
   * @throws IllegalArgumentException if it is missing or something else; so do all other methods
   *     for values of another type
   */
  public String string(String key) {
    if (!has(key)) {
      throw new IllegalArgumentException("[%s] is missing".formatted(named(key)));
    }
    return string(named(key), values.get(key));
  }

  /** A string with a default. */
  public String string(String key, String otherwise) {
    return has(key) ? string(key) : otherwise;
  }

  /** The string at a path. */
  public static String string(String path, Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw wrongType(path, "a string", value);
  }

  /** A list; empty where there is none. */
  public List<?> list(String key) {
    if (!has(key)) {
      return List.of();
    }
    if (values.get(key) instanceof List<?> list) {
      return list;
    }
    throw wrongType(named(key), "a list", values.get(key));
  }

  /** A whole number with a default. */
  public long integer(String key, long otherwise) {
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
  public int smallInteger(String key, int otherwise) {
    long value = integer(key, otherwise);
    if (value != (int) value) {
      throw wrongType(named(key), "a whole number of at most 32 bits", value);
    }
    return (int) value;
  }

  /** A number with a default. */
  public double number(String key, double otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (values.get(key) instanceof Number number) {
      return number.doubleValue();
    }
    throw wrongType(named(key), "a number", values.get(key));
  }

  /** True or false, with a default. */
  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    if (values.get(key) instanceof Boolean flag) {
      return flag;
    }
    throw wrongType(named(key), "true or false", values.get(key));
  }

  /** How errors name a key of this object. */
  public String named(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private static IllegalArgumentException wrongType(String path, String wanted, Object got) {
    String type = got == null ? "null" : got.getClass().getSimpleName() + " [" + got + "]";
    return new IllegalArgumentException(
        "[%s] of the attributor must be %s, got %s".formatted(path, wanted, type));
  }
}
