package org.rapidin.attribution.gradient;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.rapidin.attribution.model.LlamaDecoder;

/** Which of a decoder's parameters count, in the decoder's own order. Immutable. */
final class ParameterSelection {
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, Integer> indices = new HashMap<>();

  /**
   * @param selectors {@code adapter}, {@code linear} (all linear weights but the head), or names in
   *     which {@code *} stands for any text
   * @throws IllegalArgumentException if a selector fits no parameter; names it
   */
  ParameterSelection(LlamaDecoder decoder, List<String> selectors) {
    Set<String> selected = new HashSet<>();
    for (String selector : selectors) {
      Set<String> fitting = fitting(decoder, selector);
      if (fitting.isEmpty()) {
        throw new IllegalArgumentException(
            selector.equals("adapter")
                ? "parameters [adapter]: the model was loaded without an adapter"
                : "parameters [" + selector + "] fits none of the model's parameters");
      }
      selected.addAll(fitting);
    }
    decoder
        .parameters()
        .forEach(
            (name, array) -> {
              if (selected.contains(name)) {
                Shape shape = array.getShape();
                indices.put(name, parameters.size());
                parameters.add(
                    new Parameter(
                        name, Arrays.stream(shape.getShape()).boxed().toList(), shape.size()));
              }
            });
  }

  private static Set<String> fitting(LlamaDecoder decoder, String selector) {
    return switch (selector) {
      case "adapter" -> decoder.adapterParameters();
      case "linear" -> decoder.linearWeights();
      default -> {
        String[] fixed = selector.split("\\*", -1);
        Pattern pattern =
            Pattern.compile(
                Arrays.stream(fixed).map(Pattern::quote).collect(Collectors.joining(".*")));
        yield decoder.parameters().keySet().stream()
            .filter(name -> pattern.matcher(name).matches())
            .collect(Collectors.toSet());
      }
    };
  }

  List<Parameter> parameters() {
    return List.copyOf(parameters);
  }

  boolean contains(String name) {
    return indices.containsKey(name);
  }

  /** Index of a selected parameter. */
  int index(String name) {
    return indices.get(name);
  }
}
