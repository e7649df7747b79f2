package org.rapidin.plugin.registry;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The names of what depends on an attributor, by kind. */
final class AttributorUsers {
  private final Map<String, SortedSet<String>> names = new LinkedHashMap<>();

  /**
   * Adds a user.
   *
   * @param kind in the plural, such as {@code indices}
   */
  void add(String kind, String name) {
    names.computeIfAbsent(kind, none -> new TreeSet<>()).add(name);
  }

  boolean isEmpty() {
    return names.isEmpty();
  }

  /** Names everything, such as {@code indices [a, b] and pipelines [c]}. */
  @Override
  public String toString() {
    return names.entrySet().stream()
        .map(kind -> kind.getKey() + " " + kind.getValue())
        .collect(Collectors.joining(" and "));
  }
}
