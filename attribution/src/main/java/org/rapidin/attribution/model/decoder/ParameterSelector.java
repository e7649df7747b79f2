package org.rapidin.attribution.model.decoder;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.rapidin.attribution.spec.NamePattern;

/** What an attributor's {@code parameters} mean for a model. */
public final class ParameterSelector {
  private ParameterSelector() {}

  /**
   * Names of the parameters that are meant.
   *
   * @param selectors {@code adapter}, {@code linear} (all linear weights but the head), or names in
   *     which {@code *} stands for any text
   * @param adapter names of the adapter's parameters; empty without one
   * @throws IllegalArgumentException if a selector fits no parameter; names it
   */
  public static Set<String> select(
      List<String> selectors, ModelLayout layout, Set<String> adapter) {
    Set<String> selected = new HashSet<>();
    for (String selector : selectors) {
      Set<String> fitting = fitting(selector, layout, adapter);
      if (fitting.isEmpty()) {
        throw new IllegalArgumentException(
            selector.equals("adapter")
                ? "parameters [adapter]: the model was loaded without an adapter"
                : "parameters [" + selector + "] fits none of the model's parameters");
      }
      selected.addAll(fitting);
    }
    return selected;
  }

  private static Set<String> fitting(String selector, ModelLayout layout, Set<String> adapter) {
    return switch (selector) {
      case "adapter" -> adapter;
      case "linear" ->
          layout.linears().stream().map(ParameterShape::name).collect(Collectors.toSet());
      default -> {
        Predicate<String> pattern = NamePattern.of(selector);
        Set<String> names = new HashSet<>(adapter);
        layout.parameters().forEach(parameter -> names.add(parameter.name()));
        names.removeIf(pattern.negate());
        yield names;
      }
    };
  }
}
