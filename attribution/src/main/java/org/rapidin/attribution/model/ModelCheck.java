package org.rapidin.attribution.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ParameterSelector;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.file.FileDigests;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.SecondMoments;
import org.rapidin.attribution.model.file.TensorSource;

/**
 * Checks whether a model's files can serve an attributor: it needs neither torch nor memory for the
 * weights.
 */
public final class ModelCheck {
  private ModelCheck() {}

  /**
   * SHA-256 of every file that an attributor's vectors depend on, by its path below the model
   * directory.
   */
  public static SortedMap<String, String> digests(
      ModelDirectory directory, FileDigests digests, AttributorSpec spec) throws IOException {
    SortedMap<String, String> files = directory.digests(digests, adapters(spec));
    if (spec.compression().secondMoment()) {
      directory.addSecondMoments(digests, files);
    }
    return files;
  }

  /**
   * Reads all numbers that an attributor's vectors depend on, but none that were found usable
   * before and have not changed.
   *
   * @param layout the tensors whose gradients are computed
   * @throws IllegalArgumentException if a number is not usable; names file and tensor
   */
  public static void requireNumbers(
      ModelDirectory directory, FileDigests digests, AttributorSpec spec, GradientLayout layout)
      throws IOException {
    ModelLayout model = DecoderFamilies.parse(directory.config()).layout();
    directory.requireFinite(digests, adapters(spec), model.derived());
    if (spec.compression().secondMoment()) {
      directory.requireSecondMoments(digests, layout.tensors().stream().map(Tensor::name).toList());
    }
  }

  private static List<String> adapters(AttributorSpec spec) {
    return spec.checkpoints().stream().map(Checkpoint::adapter).toList();
  }

  /**
   * Checks the files by their headers.
   *
   * @return the tensors whose gradients are computed, at least 1
   * @throws IllegalArgumentException if a file is missing, malformed or of an unknown kind, the
   *     files contradict each other, or the attributor's parameters or its compression's modules
   *     fit none of them; names it
   */
  public static GradientLayout gradients(ModelDirectory directory, AttributorSpec spec)
      throws IOException {
    GradientLayout gradients = ofFiles(directory, spec);
    if (spec.compression().secondMoment()) {
      try (SecondMoments moments = directory.openSecondMoments()) {
        gradients.tensors().stream()
            .filter(Tensor::linear)
            .forEach(tensor -> moments.requireFits(tensor.name(), tensor.shape()));
      }
    }
    return gradients;
  }

  private static GradientLayout ofFiles(ModelDirectory directory, AttributorSpec spec)
      throws IOException {
    ModelLayout layout = DecoderFamilies.parse(directory.config()).layout();
    directory.requireTokenizer();
    try (TensorSource weights = WeightFiles.named(layout, directory.openWeights())) {
      WeightFiles.requireFits(layout, weights);
    }
    if (spec.checkpoints().isEmpty()) {
      return gradients(spec, layout, Map.of());
    }
    Map<List<Tensor>, String> kinds = new LinkedHashMap<>();
    GradientLayout gradients = null;
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(checkpoint.adapter()));
      try (TensorSource weights = directory.openAdapter(checkpoint.adapter())) {
        LoraWeights.requireFits(lora, layout, weights);
      }
      gradients = gradients(spec, layout, LoraWeights.shapes(lora, layout));
      kinds.putIfAbsent(gradients.tensors(), checkpoint.adapter());
    }
    if (kinds.size() > 1) {
      throw new IllegalArgumentException(
          "the checkpoints %s adapt different modules or have different ranks: one attributor needs adapters of one kind"
              .formatted(kinds.values()));
    }
    return gradients;
  }

  /**
   * The tensors whose gradients are computed, in the layout's order, the adapter's last.
   *
   * @param adapter shapes of the matrices of each checkpoint's adapter by their names; empty
   *     without one
   * @throws IllegalArgumentException if the attributor's parameters or its compression's modules
   *     fit none; names them
   */
  public static GradientLayout gradients(
      AttributorSpec spec, ModelLayout layout, Map<String, List<Long>> adapter) {
    int checkpoints = Math.max(1, spec.checkpoints().size());
    List<Tensor> selected = selected(spec, layout, adapter);
    return spec.compression().select(new GradientLayout(selected, checkpoints));
  }

  /** The tensors that the attributor selects, in the layout's order, the adapter's last. */
  private static List<Tensor> selected(
      AttributorSpec spec, ModelLayout layout, Map<String, List<Long>> adapter) {
    Set<String> names = ParameterSelector.select(spec.parameters(), layout, adapter.keySet());
    Tensor head =
        new Tensor(layout.head(), layout.parameter(layout.headParameter()).shape(), false);
    Optional<List<Tensor>> ofHead = spec.compression().ofHead(head);
    if (ofHead.isPresent()) {
      return ofHead.get();
    }
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
