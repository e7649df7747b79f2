package org.rapidin.attribution.model.decoder;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;

/**
 * Looks whether a model's files can serve an attributor, by their headers alone: neither torch nor
 * memory for the weights is needed.
 */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * Checks the files and counts the tensors whose gradients are wanted.
   *
   * @return tensors per checkpoint, at least 1
   * @throws IllegalArgumentException if a file is missing, malformed or of an unknown kind, the
   *     files contradict each other, or the attributor's parameters fit none of them; names it
   */
  public static int tensors(ModelDirectory directory, AttributorSpec spec) throws IOException {
    ModelConfig config = ModelConfig.parse(directory.config());
    directory.requireTokenizer();
    try (TensorSource weights = directory.openWeights()) {
      DecoderWeights.requireFits(config, weights);
    }
    if (spec.checkpoints().isEmpty()) {
      return ParameterSelector.select(spec.parameters(), config, Set.of()).size();
    }
    Set<Integer> counts = new HashSet<>();
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(checkpoint.adapter()));
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        LoraWeights.requireFits(lora, config, weights);
      }
      Set<String> adapter = LoraWeights.shapes(lora, config).keySet();
      counts.add(ParameterSelector.select(spec.parameters(), config, adapter).size());
    }
    if (counts.size() > 1) {
      throw new IllegalArgumentException(
          "the checkpoints adapt different modules "
              + counts
              + ": one attributor needs adapters of"
              + " one kind");
    }
    return counts.iterator().next();
  }
}
