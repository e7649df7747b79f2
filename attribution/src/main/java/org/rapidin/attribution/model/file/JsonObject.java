package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A JSON object from a model's configuration, read strictly: no duplicate keys, at most 8 levels, 1
 * MiB. Remembers which keys were asked for, so that the rest can be refused by name. Not safe for
 * several threads.
 */
public final class JsonObject {
  private static final int MAX_BYTES = 1 << 20;

  private final String source;
  private final Map<String, Object> values;
  private final Set<String> asked = new HashSet<>();

  private JsonObject(String source, Map<String, Object> values) {
    this.source = source;
    this.values = values;
  }

  /** Reads a file; errors name it by its file name. */
  public static JsonObject read(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "%s has %s bytes, at most %s are accepted".formatted(name, Files.size(file), MAX_BYTES));
    }
    return parse(name, Files.readAllBytes(file));
  }

  /** Parses bytes; errors name their source. */
  public static JsonObject parse(String source, byte[] json) {
    return new JsonObject(source, StrictJson.parse(source, json));
  }

  /** Whether the key is there with a value other than null. */
  public boolean has(String key) {
    asked.add(key);
    return values.get(key) != null;
  }

  /** Whether the key is there with the value null, which is not the same as absent to some keys. */
  public boolean isNull(String key) {
    asked.add(key);
    return values.containsKey(key) && values.get(key) == null;
  }

  /** Whether the key is there with an empty object. */
  public boolean isEmptyObject(String key) {
    return has(key) && Map.of().equals(values.get(key));
  }

  /** Whether the key is there with the integer 0. */
  public boolean isZero(String key) {
    return has(key) && Integer.valueOf(0).equals(values.get(key));
  }

  /** An integer from 1 to 2^31-1. */
  public int positiveInt(String key) {
    Object value = require(key);
    if (!(value instanceof Integer number) || number < 1) {
      throw wrong(key, "an integer of 1 or more");
    }
    return number;
  }

  public int positiveInt(String key, int absent) {
    return has(key) ? positiveInt(key) : absent;
  }

  /** A finite number more than 0. */
  public double positive(String key) {
    Object value = require(key);
    if (!isPositive(value)) {
      throw wrong(key, "a number more than 0");
    }
    return ((Number) value).doubleValue();
  }

  public double positive(String key, double absent) {
    return has(key) ? positive(key) : absent;
  }

  public boolean flag(String key, boolean absent) {
    if (!has(key)) {
      return absent;
    }
    if (!(values.get(key) instanceof Boolean flag)) {
      throw wrong(key, "true or false");
    }
    return flag;
  }

  public String text(String key, String absent) {
    if (!has(key)) {
      return absent;
    }
    if (!(values.get(key) instanceof String text)) {
      throw wrong(key, "a string");
    }
    return text;
  }

  public boolean isText(String key) {
    return has(key) && values.get(key) instanceof String;
  }

  /** A list of strings. */
  public List<String> texts(String key) {
    if (!(require(key) instanceof List<?> list)
        || !list.stream().allMatch(String.class::isInstance)) {
      throw wrong(key, "a list of strings");
    }
    return list.stream().map(String.class::cast).toList();
  }

  /** A list of strings, or one string, which is a list of one. */
  public List<String> textOrTexts(String key) {
    return isText(key) ? List.of(text(key, "")) : texts(key);
  }

  /** A list of integers, or one integer, which is a list of one. */
  public List<Integer> integers(String key) {
    List<?> list = require(key) instanceof List<?> several ? several : List.of(require(key));
    if (!list.stream().allMatch(Integer.class::isInstance)) {
      throw wrong(key, "an integer or a list of integers");
    }
    return list.stream().map(Integer.class::cast).toList();
  }

  /** An object whose values are all integers of 1 or more. */
  public Map<String, Integer> positiveInts(String key) {
    JsonObject object = object(key);
    Map<String, Integer> result = new LinkedHashMap<>();
    object.values.keySet().forEach(name -> result.put(name, object.positiveInt(name)));
    return result;
  }

  /** An object whose values are all finite numbers more than 0. */
  public Map<String, Double> positives(String key) {
    JsonObject object = object(key);
    Map<String, Double> result = new LinkedHashMap<>();
    object.values.keySet().forEach(name -> result.put(name, object.positive(name)));
    return result;
  }

  /**
   * A list of finite numbers more than 0.
   *
   * @param wanted what to say that was expected
   */
  public List<Double> positives(String key, String wanted) {
    if (!(require(key) instanceof List<?> list)
        || list.isEmpty()
        || !list.stream().allMatch(JsonObject::isPositive)) {
      throw wrong(key, wanted);
    }
    return list.stream().map(value -> ((Number) value).doubleValue()).toList();
  }

  private static boolean isPositive(Object value) {
    return value instanceof Number number
        && number.doubleValue() > 0
        && !Double.isInfinite(number.doubleValue());
  }

  /** An object whose values are all strings. */
  public Map<String, String> textMap(String key) {
    if (!(require(key) instanceof Map<?, ?> map)
        || !map.values().stream().allMatch(String.class::isInstance)) {
      throw wrong(key, "an object of strings");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    map.forEach((name, value) -> texts.put((String) name, (String) value));
    return texts;
  }

  /** A nested object. */
  @SuppressWarnings("unchecked") // readObject makes only Map<String, Object>
  public JsonObject object(String key) {
    if (!(require(key) instanceof Map<?, ?> map)) {
      throw wrong(key, "an object");
    }
    return new JsonObject(source + " " + key, (Map<String, Object>) map);
  }

  /** Refuses a key unless it is absent, null, or one of the given values. */
  public void only(String key, Object... accepted) {
    if (has(key) && !List.of(accepted).contains(values.get(key))) {
      throw wrong(key, accepted.length == 0 ? "absent" : List.of(accepted) + " or absent");
    }
  }

  /**
   * As {@link #only}, with the reason for the user.
   *
   * @param reason why other values are refused
   */
  public void onlyBecause(String key, String reason, Object... accepted) {
    try {
      only(key, accepted);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("%s: %s".formatted(e.getMessage(), reason), e);
    }
  }

  /**
   * Refuses every key that was not asked for, all of them at once, unless it is known to change
   * nothing or its value means "off" (null, false, empty).
   *
   * @param harmless keys that change nothing, to the reason
   * @param meanings of keys that are known, to what they change
   */
  public void refuseUnknown(Map<String, String> harmless, Map<String, String> meanings) {
    List<String> refused = new ArrayList<>();
    boolean unknown = false;
    for (Map.Entry<String, Object> entry : values.entrySet()) {
      String key = entry.getKey();
      if (asked.contains(key) || harmless.containsKey(key) || isOff(entry.getValue())) {
        continue;
      }
      String meaning = meanings.get(key);
      unknown |= meaning == null;
      refused.add(
          meaning == null ? "[%s] is unknown".formatted(key) : "[%s] %s".formatted(key, meaning));
    }
    if (!refused.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: this version does not compute with these keys, so its numbers might be those of another model: %s%s"
              .formatted(
                  source,
                  String.join("; ", refused),
                  unknown ? ". Please report unknown keys, so that they can be supported" : ""));
    }
  }

  private static boolean isOff(Object value) {
    return value == null
        || Boolean.FALSE.equals(value)
        || "".equals(value)
        || value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof List<?> list && list.isEmpty();
  }

  private Object require(String key) {
    if (!has(key)) {
      throw new IllegalArgumentException("%s lacks [%s]".formatted(source, key));
    }
    return values.get(key);
  }

  private IllegalArgumentException wrong(String key, String wanted) {
    String got = String.valueOf(values.get(key));
    return new IllegalArgumentException(
        "%s: [%s] must be %s, got [%s]"
            .formatted(source, key, wanted, got.substring(0, Math.min(200, got.length()))));
  }
}
