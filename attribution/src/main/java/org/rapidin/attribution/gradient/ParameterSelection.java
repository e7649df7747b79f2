package org.rapidin.attribution.gradient;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterSelector;
import org.rapidin.attribution.model.decoder.ParameterShape;
import org.rapidin.attribution.sketch.VocabularySketch;

/** Which of a decoder's parameters count, in the layout's order, the adapter's last. Immutable. */
final class ParameterSelection {
  private final ModelLayout layout;
  private final List<Parameter> parameters = new ArrayList<>();
  private final Map<String, Integer> indices = new HashMap<>();
  private final Set<String> modules = new HashSet<>();
  private final int lowestLayer;
  private final Optional<VocabularySketch> headAlone;

  /**
   * Selects parameters.
   *
   * @param selectors see {@link ParameterSelector}
   * @throws IllegalArgumentException if a selector fits no parameter; names it
   */
  ParameterSelection(Decoder decoder, List<String> selectors) {
    layout = decoder.layout();
    Map<String, List<Long>> adapter = decoder.adapter().map(LoraWeights::shapes).orElse(Map.of());
    Set<String> selected = ParameterSelector.select(selectors, layout, adapter.keySet());
    int lowest = decoder.config().layers();
    for (ParameterShape shape : layout.parameters()) {
      if (selected.contains(shape.name())) {
        add(shape.name(), shape.shape(), shape.module());
        lowest = shape.layer() < 0 ? lowest : Math.min(lowest, shape.layer());
      }
    }
    for (Map.Entry<String, List<Long>> entry : adapter.entrySet()) {
      if (selected.contains(entry.getKey())) {
        String module = LoraWeights.moduleOf(entry.getKey());
        add(entry.getKey(), entry.getValue(), module);
        lowest = Math.min(lowest, layout.parameter(module + ".weight").layer());
      }
    }
    lowestLayer = wantsEmbedding() ? 0 : lowest;
    headAlone = Optional.empty();
  }

  /**
   * Selects what {@link HeadAlone} computes; none of the layout's own parameters counts.
   *
   * @param vocabulary sketches the gradients at the logits
   */
  ParameterSelection(Decoder decoder, VocabularySketch vocabulary) {
    layout = decoder.layout();
    parameters.addAll(HeadAlone.parameters(decoder, vocabulary));
    lowestLayer = decoder.config().layers();
    headAlone = Optional.of(vocabulary);
  }

  private void add(String name, List<Long> shape, String module) {
    indices.put(name, parameters.size());
    parameters.add(new Parameter(name, shape, shape.stream().reduce(1L, Math::multiplyExact)));
    modules.add(module);
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

  /** Whether a module has a selected parameter. */
  boolean wants(String module) {
    return modules.contains(module);
  }

  /** Whether the embedding's table or one of positions counts; a tied embedding is the head too. */
  boolean wantsEmbedding() {
    return layout.inputTables().stream().anyMatch(this::contains);
  }

  /** Whether the head's table counts. */
  boolean wantsHead() {
    return contains(layout.headParameter());
  }

  /** The sketch of the vocabulary where only the head counts; empty otherwise. */
  Optional<VocabularySketch> headAlone() {
    return headAlone;
  }

  /**
   * The lowest layer that the backward pass reaches; the number of layers if it reaches none. Below
   * it no gradient is wanted.
   */
  int lowestLayer() {
    return lowestLayer;
  }
}
