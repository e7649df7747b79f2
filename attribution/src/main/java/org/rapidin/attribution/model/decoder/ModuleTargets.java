package org.rapidin.attribution.model.decoder;

import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Which linear layers an adapter adapts, as PEFT decides it ({@code check_target_module_exists}).
 *
 * @param selected last parts of the names of the adapted modules; or one string: {@code
 *     all-linear}, or a regular expression of whole names; empty for what PEFT takes for the family
 * @param isPattern whether {@code selected} is the one string
 * @param excluded what is left out, likewise; empty for nothing
 * @param excludedIsPattern whether {@code excluded} is one regular expression
 * @param layers indices of the layers that are adapted; empty for all
 * @param layerLists regular expressions of the names of the modules whose children the indices
 *     count; empty for any
 */
record ModuleTargets(
    List<String> selected,
    boolean isPattern,
    List<String> excluded,
    boolean excludedIsPattern,
    List<Integer> layers,
    List<String> layerLists) {
  private static final String ALL_LINEAR = "all-linear";

  private static final String ANY_LIST = "[^.]*";

  ModuleTargets {
    selected = List.copyOf(selected);
    excluded = List.copyOf(excluded);
    layers = List.copyOf(layers);
    layerLists = List.copyOf(layerLists);
    if (isPattern && !layers.isEmpty()) {
      throw new IllegalArgumentException(
          "layers_to_transform needs target_modules to be a list of names, as in PEFT");
    }
  }

  /** The modules whose names end with one of the given parts, or with {@code all-linear} all. */
  static ModuleTargets named(List<String> names) {
    boolean all = names.equals(List.of(ALL_LINEAR));
    return new ModuleTargets(names, all, List.of(), false, List.of(), List.of());
  }

  static ModuleTargets parse(JsonObject json) {
    boolean isPattern = json.isText("target_modules");
    List<String> selected =
        json.has("target_modules") ? json.textOrTexts("target_modules") : List.of();
    if (json.has("target_modules") && selected.isEmpty()) {
      throw new IllegalArgumentException("target_modules is empty");
    }
    return new ModuleTargets(
        selected,
        isPattern,
        json.has("exclude_modules") ? json.textOrTexts("exclude_modules") : List.of(),
        json.isText("exclude_modules"),
        json.has("layers_to_transform") ? json.integers("layers_to_transform") : List.of(),
        layerLists(json));
  }

  /** An empty string is as none. */
  private static List<String> layerLists(JsonObject json) {
    List<String> lists =
        json.has("layers_pattern") ? json.textOrTexts("layers_pattern") : List.of();
    return json.isText("layers_pattern") && lists.equals(List.of("")) ? List.of() : lists;
  }

  /**
   * The adapted modules among linear layers, in their order. A name that fits nothing is ignored,
   * as configurations list those of several families.
   *
   * @param others the embedding and the head
   * @param defaults what PEFT takes for the family where nothing is selected
   * @throws IllegalArgumentException if no linear layer is adapted, or one of the others is; names
   *     it
   */
  List<String> of(List<String> linears, List<String> others, List<String> defaults) {
    if (selected.isEmpty()) {
      return withDefaults(defaults).of(linears, others, defaults);
    }
    for (String other : others) {
      if (!isAllLinear() && isAdapted(other)) {
        throw new IllegalArgumentException(
            "target_modules: [%s] is adapted, which would change the vectors of tokens or the logits and is not implemented"
                .formatted(other));
      }
    }
    List<String> modules = linears.stream().filter(this::isAdapted).toList();
    if (modules.isEmpty()) {
      throw new IllegalArgumentException(
          "target_modules: %s with its exclusions fits none of the model's linear layers"
              .formatted(selected));
    }
    return modules;
  }

  private ModuleTargets withDefaults(List<String> defaults) {
    if (defaults.isEmpty()) {
      throw new IllegalArgumentException(
          "adapter_config.json lacks [target_modules], and PEFT has no default for this family: write the names of the modules that the adapter has matrices of");
    }
    return new ModuleTargets(defaults, false, excluded, excludedIsPattern, layers, layerLists);
  }

  private boolean isAllLinear() {
    return isPattern && selected.getFirst().equalsIgnoreCase(ALL_LINEAR);
  }

  private boolean isAdapted(String module) {
    return !isExcluded(module) && isSelected(module);
  }

  private boolean isSelected(String module) {
    if (isPattern) {
      return isAllLinear()
          || new NamePattern("target_modules", selected.getFirst()).matches(module);
    }
    return selected.contains(module)
        || selected.stream().anyMatch(name -> isNamed(module, name))
            && (layers.isEmpty() || layer(module).filter(layers::contains).isPresent());
  }

  private static boolean isNamed(String module, String name) {
    return module.equals(name) || module.endsWith("." + name);
  }

  private boolean isExcluded(String module) {
    return excludedIsPattern
        ? new NamePattern("exclude_modules", excluded.getFirst()).matches(module)
        : excluded.stream().anyMatch(name -> isNamed(module, name));
  }

  /** The first pattern that fits decides, as in PEFT, also if it finds no index. */
  private Optional<Integer> layer(String module) {
    List<String> lists = layerLists.isEmpty() ? List.of(ANY_LIST) : layerLists;
    return lists.stream()
        .map(
            list -> new NamePattern("layers_pattern", "(?:^|.*?\\.)" + list + "\\.(?<idx>\\d+)\\."))
        .flatMap(pattern -> pattern.start(module).stream())
        .findFirst()
        .map(match -> match.group("idx"))
        .map(Integer::valueOf);
  }
}
