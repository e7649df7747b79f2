package org.rapidin.attribution.model;

import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;

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
    ModelConfig config = directory.config();
    try (TensorSource weights = directory.openWeights()) {
      DecoderWeights.requireFits(config, weights);
    }
    if (spec.checkpoints().isEmpty()) {
      return count(spec.parameters(), config, Set.of());
    }
    Set<Integer> counts = new HashSet<>();
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraConfig lora = directory.adapterConfig(checkpoint.adapter());
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        LoraWeights.requireFits(lora, config, weights);
      }
      counts.add(count(spec.parameters(), config, LoraWeights.shapes(lora, config).keySet()));
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

  private static int count(List<String> selectors, ModelConfig config, Set<String> adapter) {
    Set<String> selected = new HashSet<>();
    for (String selector : selectors) {
      Set<String> fitting = fitting(selector, config, adapter);
      if (fitting.isEmpty()) {
        throw new IllegalArgumentException(
            "parameters [" + selector + "] fits none of the model's parameters");
      }
      selected.addAll(fitting);
    }
    return selected.size();
  }

  private static Set<String> fitting(String selector, ModelConfig config, Set<String> adapter) {
    return switch (selector) {
      case "adapter" -> adapter;
      case "linear" ->
          LlamaLayout.linears(config).keySet().stream()
              .map(module -> module + ".weight")
              .collect(Collectors.toSet());
      default -> {
        Pattern pattern = pattern(selector);
        Set<String> names = new HashSet<>(LlamaLayout.parameters(config).keySet());
        names.addAll(adapter);
        names.removeIf(name -> !pattern.matcher(name).matches());
        yield names;
      }
    };
  }

  private static Pattern pattern(String selector) {
    return Pattern.compile(
        Arrays.stream(selector.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*")));
  }
}
