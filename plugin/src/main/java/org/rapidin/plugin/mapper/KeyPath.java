package org.rapidin.plugin.mapper;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Where a value is in a document, as the name of the field that OpenSearch puts it into. OpenSearch
 * splits keys at their dots and drops empty parts at the end, and where a mapping has {@code
 * disable_objects} it joins keys as they are. Neither changes a part that is not empty, so names
 * are compared without the empty ones. The filter of {@code _source} compares keys as they are, and
 * would keep what a key with an empty part brings.
 *
 * @param field full name without empty parts; empty for the document itself
 * @param misspelled the first key with an empty part; null if there is none
 */
public record KeyPath(String field, String misspelled) {
  /** The document itself. */
  public static final KeyPath ROOT = new KeyPath("", null);

  /** The path of a key in the object that is at this path. */
  public KeyPath then(String key) {
    boolean regular = isRegular(key);
    String name = regular ? key : withoutEmptyParts(key);
    String inner = field.isEmpty() || name.isEmpty() ? field + name : field + "." + name;
    return new KeyPath(inner, misspelled == null && !regular ? key : misspelled);
  }

  /**
   * Refuses a path with an empty part.
   *
   * @throws IllegalArgumentException if it has one; names the key
   */
  public void requireRegular() {
    if (misspelled != null) {
      throw new IllegalArgumentException(
          "key [%s] has an empty part, and _source could keep what it brings into field [%s]: remove dots at its start, at its end, and next to another dot"
              .formatted(misspelled, field));
    }
  }

  private static boolean isRegular(String key) {
    return !key.isEmpty() && !key.startsWith(".") && !key.endsWith(".") && !key.contains("..");
  }

  private static String withoutEmptyParts(String key) {
    return Arrays.stream(key.split("\\."))
        .filter(part -> !part.isEmpty())
        .collect(Collectors.joining("."));
  }
}
