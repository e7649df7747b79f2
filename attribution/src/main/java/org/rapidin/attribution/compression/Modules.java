package org.rapidin.attribution.compression;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.spec.NamePattern;
import org.rapidin.attribution.spec.SpecObject;

/**
 * The modules whose weights a compression takes, of those that the attributor's parameters select:
 * {@code "all"}, {@code "mlp"}, or a list of module names in which {@code *} stands for any text.
 *
 * @param names at least 1; sorted, each once
 */
public record Modules(List<String> names) {
  /** Those of all modules. */
  public static final Modules ALL = new Modules(List.of("*"));

  /** Those of the feed-forward networks, as in the LoGra paper. */
  public static final Modules MLP = new Modules(List.of("*.mlp.*"));

  static final String KEY = "modules";
  private static final String ALL_NAME = "all";
  private static final String MLP_NAME = "mlp";
  private static final Set<String> WORDS = Set.of(ALL_NAME, MLP_NAME);
  private static final int EXAMPLES = 3;

  /**
   * Sorts the names.
   *
   * @throws IllegalArgumentException if there are none
   */
  public Modules {
    names = names.stream().sorted().distinct().toList();
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "compression.modules is empty: set it to [all], to [mlp] or to names of modules");
    }
  }

  /**
   * Reads the modules; all if they are not given.
   *
   * @throws IllegalArgumentException if they are neither a list of strings nor one of the words
   */
  static Modules read(SpecObject compression) {
    if (compression.values().get(KEY) instanceof List<?> list) {
      String path = compression.named(KEY);
      List<String> names = list.stream().map(name -> SpecObject.string(path, name)).toList();
      names.stream().filter(WORDS::contains).findFirst().ifPresent(Modules::refuse);
      return new Modules(names);
    }
    String word = compression.string(KEY, ALL_NAME);
    return switch (word) {
      case ALL_NAME -> ALL;
      case MLP_NAME -> MLP;
      default ->
          throw new IllegalArgumentException(
              "%s must be [all], [mlp] or a list of names of modules, got [%s]"
                  .formatted(compression.named(KEY), word));
    };
  }

  private static void refuse(String word) {
    throw new IllegalArgumentException(
        "compression.modules [%s] stands for several modules and is written without a list"
            .formatted(word));
  }

  /** Writes the modules unless they are all, so that attributors keep their fingerprints. */
  void write(Map<String, Object> map) {
    if (!equals(ALL)) {
      map.put(KEY, equals(MLP) ? MLP_NAME : names);
    }
  }

  /**
   * Returns the tensors of the modules.
   *
   * @throws IllegalArgumentException if a name fits no module; names it and some that there are
   */
  GradientLayout select(GradientLayout layout) {
    List<Predicate<String>> patterns = names.stream().map(NamePattern::of).toList();
    List<String> modules = layout.tensors().stream().map(Tensor::module).distinct().toList();
    for (int i = 0; i < names.size(); i++) {
      if (modules.stream().noneMatch(patterns.get(i))) {
        throw new IllegalArgumentException(
            "compression.modules [%s] fits none of the modules that the attributor's parameters select, such as %s"
                .formatted(
                    equals(MLP) ? MLP_NAME : names.get(i),
                    modules.stream().limit(EXAMPLES).toList()));
      }
    }
    return layout.only(
        tensor -> patterns.stream().anyMatch(pattern -> pattern.test(tensor.module())));
  }
}
