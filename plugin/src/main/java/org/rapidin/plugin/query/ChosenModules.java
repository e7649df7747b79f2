package org.rapidin.plugin.query;

import java.util.List;
import java.util.function.Predicate;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.compression.ModulePart;
import org.rapidin.attribution.spec.NamePattern;

/**
 * Restricts gradients to modules: the numbers of all others become 0, so that an inner product is
 * the sum of the influences through these modules.
 *
 * @param names of modules, in which {@code *} stands for any text; empty for all
 */
record ChosenModules(List<String> names) {
  private static final int EXAMPLES = 3;

  ChosenModules {
    names = List.copyOf(names);
  }

  /**
   * Returns the vector of a gradient, restricted.
   *
   * @throws IllegalArgumentException if the attributor's method mixes modules, or a name fits none
   */
  float[] vector(QueryGradient gradient) {
    if (names.isEmpty()) {
      return gradient.vector();
    }
    if (gradient.parts().isEmpty()) {
      throw new IllegalArgumentException(
          "[modules] needs an attributor whose compression keeps modules apart, such as logra, trackstar or identity: leave [modules] out");
    }
    List<Predicate<String>> patterns = names.stream().map(NamePattern::of).toList();
    for (int i = 0; i < patterns.size(); i++) {
      requireFits(names.get(i), patterns.get(i), gradient.parts());
    }
    float[] vector = new float[gradient.vector().length];
    for (ModulePart part : gradient.parts()) {
      if (patterns.stream().anyMatch(pattern -> pattern.test(part.module()))) {
        System.arraycopy(
            gradient.vector(), part.from(), vector, part.from(), part.to() - part.from());
      }
    }
    return vector;
  }

  private static void requireFits(String name, Predicate<String> pattern, List<ModulePart> parts) {
    if (parts.stream().map(ModulePart::module).noneMatch(pattern)) {
      throw new IllegalArgumentException(
          "[modules] has [%s], which fits none of the attributor's modules, such as %s"
              .formatted(
                  name,
                  parts.stream().map(ModulePart::module).distinct().limit(EXAMPLES).toList()));
    }
  }
}
