package org.rapidin.attribution.model;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterSelector;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.file.FiniteNumbers;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;

/**
 * Checks whether a model's files can serve an attributor: it needs neither torch nor memory for the
 * weights.
 */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * Reads all weights of an attributor's model.
   *
   * @throws IllegalArgumentException if a number is not finite; names file and tensor
   */
  public static void requireFinite(ModelDirectory directory, AttributorSpec spec)
      throws IOException {
    try (TensorSource weights = directory.openWeights()) {
      FiniteNumbers.require(weights);
    }
    for (Checkpoint checkpoint : spec.checkpoints()) {
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        FiniteNumbers.require(weights);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "%s/%s".formatted(checkpoint.adapter(), e.getMessage()), e);
      }
    }
  }

  /**
   * Checks the files by their headers, and counts the tensors whose gradients are wanted.
   *
   * @return tensors per checkpoint, at least 1
   * @throws IllegalArgumentException if a file is missing, malformed or of an unknown kind, the
   *     files contradict each other, or the attributor's parameters fit none of them; names it
   */
  public static int tensors(ModelDirectory directory, AttributorSpec spec) throws IOException {
    ModelLayout layout = DecoderFamilies.parse(directory.config()).layout();
    directory.requireTokenizer();
    try (TensorSource weights = directory.openWeights()) {
      WeightFiles.requireFits(layout, weights);
    }
    if (spec.checkpoints().isEmpty()) {
      return ParameterSelector.select(spec.parameters(), layout, Set.of()).size();
    }
    Set<Integer> counts = new HashSet<>();
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(checkpoint.adapter()));
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        LoraWeights.requireFits(lora, layout, weights);
      }
      Set<String> adapter = LoraWeights.shapes(lora, layout).keySet();
      counts.add(ParameterSelector.select(spec.parameters(), layout, adapter).size());
    }
    if (counts.size() > 1) {
      throw new IllegalArgumentException(
          "the checkpoints adapt different modules %s: one attributor needs adapters of one kind"
              .formatted(counts));
    }
    return counts.iterator().next();
  }
}
