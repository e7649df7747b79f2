package org.rapidin.attribution.model.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Which linear layers an adapter adapts, as PEFT decides it ({@code check_target_module_exists}).
 *
 * @param selected last parts of the names of the adapted modules; or one string: {@code
 *     all-linear}, or a regular expression of whole names
 * @param isPattern whether {@code selected} is the one string
 * @param excluded what is left out, likewise; empty for nothing
 * @param excludedIsPattern whether {@code excluded} is one regular expression
 * @param layers indices of the layers that are adapted; empty for all
 * @param layerLists names of the modules whose children the indices count; empty for any
 */
record ModuleTargets(
    List<String> selected,
    boolean isPattern,
    List<String> excluded,
    boolean excludedIsPattern,
    List<Integer> layers,
    List<String> layerLists) {
  private static final String ALL_LINEAR = "all-linear";

  /** What PEFT takes for Llama, Mistral and Qwen2 where the configuration names nothing. */
  private static final List<String> DEFAULT = List.of("q_proj", "v_proj");

  private static final Pattern ANY_LAYER = Pattern.compile(".*\\.[^.]*\\.(\\d+)\\..*");

  ModuleTargets {
    selected = List.copyOf(selected);
    excluded = List.copyOf(excluded);
    layers = List.copyOf(layers);
    layerLists = List.copyOf(layerLists);
    if (selected.isEmpty()) {
      throw new IllegalArgumentException("target_modules is empty");
    }
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
        json.has("target_modules") ? json.textOrTexts("target_modules") : DEFAULT;
    return new ModuleTargets(
        selected,
        isPattern,
        json.has("exclude_modules") ? json.textOrTexts("exclude_modules") : List.of(),
        json.isText("exclude_modules"),
        json.has("layers_to_transform") ? json.integers("layers_to_transform") : List.of(),
        json.has("layers_pattern") ? json.textOrTexts("layers_pattern") : List.of());
  }

  /**
   * The adapted modules among linear layers, in their order.
   *
   * @throws IllegalArgumentException if a name or the pattern fits none of them; names it
   */
  List<String> of(List<String> linears) {
    List<String> modules = new ArrayList<>(linears);
    if (!isPattern) {
      selected.forEach(name -> requireUsed(name, linears));
      modules.removeIf(module -> !selected.contains(module) && !isSelected(module));
    } else if (!selected.getFirst().equalsIgnoreCase(ALL_LINEAR)) {
      NamePattern pattern = new NamePattern("target_modules", selected.getFirst());
      modules.removeIf(module -> !pattern.matches(module));
    }
    modules.removeIf(this::isExcluded);
    if (modules.isEmpty()) {
      throw new IllegalArgumentException(
          "target_modules: %s with its exclusions fits none of the model's linear layers"
              .formatted(selected));
    }
    return modules;
  }

  private static void requireUsed(String name, List<String> linears) {
    if (linears.stream().noneMatch(module -> isNamed(module, name))) {
      throw new IllegalArgumentException(
          "target_modules: [%s] is none of the model's linear layers".formatted(name));
    }
  }

  private boolean isSelected(String module) {
    return selected.stream().anyMatch(name -> isNamed(module, name))
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

  private Optional<Integer> layer(String module) {
    if (layerLists.isEmpty()) {
      return number(ANY_LAYER.matcher(module));
    }
    return layerLists.stream()
        .map(list -> Pattern.compile(".*\\." + Pattern.quote(list) + "\\.(\\d+)\\..*"))
        .flatMap(pattern -> number(pattern.matcher(module)).stream())
        .findFirst();
  }

  private static Optional<Integer> number(Matcher matcher) {
    return matcher.matches() ? Optional.of(Integer.parseInt(matcher.group(1))) : Optional.empty();
  }
}
