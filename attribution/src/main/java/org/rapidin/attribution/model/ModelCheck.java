package org.rapidin.attribution.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterSelector;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;

/**
 * Checks whether a model's files can serve an attributor: it needs neither torch nor memory for the
 * weights.
 */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * Checks the files by their headers.
   *
   * @return the tensors whose gradients are wanted, at least 1
   * @throws IllegalArgumentException if a file is missing, malformed or of an unknown kind, the
   *     files contradict each other, or the attributor's parameters fit none of them; names it
   */
  public static GradientLayout gradients(ModelDirectory directory, AttributorSpec spec)
      throws IOException {
    ModelLayout layout = DecoderFamilies.parse(directory.config()).layout();
    directory.requireTokenizer();
    try (TensorSource weights = directory.openWeights()) {
      WeightFiles.requireFits(layout, weights);
    }
    if (spec.checkpoints().isEmpty()) {
      return new GradientLayout(selected(spec, layout, Map.of()), 1);
    }
    Map<List<Tensor>, String> kinds = new LinkedHashMap<>();
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(checkpoint.adapter()));
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        LoraWeights.requireFits(lora, layout, weights);
      }
      kinds.putIfAbsent(
          selected(spec, layout, LoraWeights.shapes(lora, layout)), checkpoint.adapter());
    }
    if (kinds.size() > 1) {
      throw new IllegalArgumentException(
          "the checkpoints %s adapt different modules or have different ranks: one attributor needs adapters of one kind"
              .formatted(kinds.values()));
    }
    return new GradientLayout(kinds.keySet().iterator().next(), spec.checkpoints().size());
  }

  /** The tensors that the attributor selects, in the layout's order, the adapter's last. */
  private static List<Tensor> selected(
      AttributorSpec spec, ModelLayout layout, Map<String, List<Long>> adapter) {
    Set<String> names = ParameterSelector.select(spec.parameters(), layout, adapter.keySet());
    List<Tensor> tensors = new ArrayList<>();
    layout
        .parameters()
        .forEach(
            shape ->
                tensors.add(
                    new Tensor(shape.name(), shape.shape(), layout.isLinear(shape.name()))));
    adapter.forEach((name, shape) -> tensors.add(new Tensor(name, shape, false)));
    tensors.removeIf(tensor -> !names.contains(tensor.name()));
    return tensors;
  }
}
