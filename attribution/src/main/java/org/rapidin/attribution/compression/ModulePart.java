package org.rapidin.attribution.compression;

import java.util.Objects;

/**
 * The numbers of a vector that one module's gradient becomes, at one checkpoint. A module may have
 * several parts.
 *
 * @param module name
 * @param from index of its first number
 * @param to index after its last number, more than {@code from}
 */
public record ModulePart(String module, int from, int to) {
  public ModulePart {
    Objects.requireNonNull(module, "module");
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("[%s, %s) is no part of a vector".formatted(from, to));
    }
  }
}
