package org.rapidin.attribution.service;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.TextTokenizer;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.attribution.model.torch.TorchRuntime;

/**
 * What an attributor has in native memory: the tokenizer, the base weights once, and per checkpoint
 * an adapter with a computer of its gradients. Safe for several threads until {@link #close}.
 */
final class ModelInstance implements AutoCloseable {

  /**
   * One checkpoint.
   *
   * @param computer computes gradients at it
   * @param weight of its inner products
   */
  record WeightedComputer(GradientComputer computer, double weight) {}

  private final NDManager manager;
  private final DecoderConfig config;
  private final List<WeightedComputer> checkpoints = new ArrayList<>();
  private TextTokenizer tokenizer;
  private long bytes;

  private ModelInstance(TorchRuntime runtime, DecoderConfig config) {
    this.manager = runtime.newManager();
    this.config = config;
  }

  /**
   * Loads what the spec names.
   *
   * @throws IllegalArgumentException if a file is missing, malformed or not supported, or the
   *     checkpoints differ in their parameters; names it
   */
  static ModelInstance open(AttributorSpec spec, ModelDirectory directory, TorchRuntime runtime)
      throws IOException {
    ModelInstance instance = new ModelInstance(runtime, DecoderFamilies.parse(directory.config()));
    try {
      instance.tokenizer = TextTokenizer.open(runtime, directory.tokenizer());
      instance.load(spec, directory);
      return instance;
    } catch (IOException | RuntimeException | Error e) {
      instance.close();
      throw e;
    }
  }

  private void load(AttributorSpec spec, ModelDirectory directory) throws IOException {
    ResidentWeights base;
    try (TensorSource files = directory.openWeights()) {
      base = ResidentWeights.load(manager, config.layout(), files);
    }
    bytes += bytes(base.parameters().values());
    if (spec.checkpoints().isEmpty()) {
      add(config.build(base, Optional.empty()), spec.parameters(), 1);
    }
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraWeights adapter = adapter(directory, checkpoint.adapter());
      bytes += bytes(adapter.parameters().values());
      add(config.build(base, Optional.of(adapter)), spec.parameters(), checkpoint.weight());
      if (!parameters().equals(checkpoints.getLast().computer().parameters())) {
        throw new IllegalArgumentException(
            "adapter ["
                + checkpoint.adapter()
                + "] has other parameters than ["
                + spec.checkpoints().getFirst().adapter()
                + "]: checkpoints are adapters of one training");
      }
    }
  }

  private LoraWeights adapter(ModelDirectory directory, String name) throws IOException {
    try (TensorSource files = directory.openAdapter(name)) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(name));
      return LoraWeights.load(manager, lora, config.layout(), files);
    }
  }

  private void add(Decoder decoder, List<String> parameters, double weight) {
    checkpoints.add(
        new WeightedComputer(new GradientComputer(manager, decoder, parameters), weight));
  }

  private static long bytes(Iterable<NDArray> arrays) {
    long sum = 0;
    for (NDArray array : arrays) {
      sum += array.getShape().size() * Float.BYTES;
    }
    return sum;
  }

  /**
   * Tokenizes a sample, cut off at the limit or at the longest sequence that the model takes.
   *
   * @throws IllegalArgumentException if no token of the completion can carry loss; says why
   */
  TokenizedText encode(Sample sample, int maxTokens) {
    int limit = Math.min(maxTokens, config.maxPositions());
    return tokenizer.encode(sample.prompt(), sample.completion(), limit);
  }

  /** At least one, all with the same parameters. */
  List<WeightedComputer> checkpoints() {
    return checkpoints;
  }

  /** The tensors whose gradients count, the same at every checkpoint. */
  List<Parameter> parameters() {
    return checkpoints.getFirst().computer().parameters();
  }

  /** Native memory of the weights. */
  long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.close();
    }
    manager.close();
  }
}
