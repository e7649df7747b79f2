package org.rapidin.attribution.gradient;

import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.model.decoder.LlamaDecoder;
import org.rapidin.attribution.model.decoder.ParameterSelector;

/** Which of a decoder's parameters count, in the decoder's own order. Immutable. */
final class ParameterSelection {
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, Integer> indices = new HashMap<>();

  /**
   * @param selectors see {@link ParameterSelector}
   * @throws IllegalArgumentException if a selector fits no parameter; names it
   */
  ParameterSelection(LlamaDecoder decoder, List<String> selectors) {
    Set<String> selected =
        ParameterSelector.select(selectors, decoder.config(), decoder.adapterParameters());
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
