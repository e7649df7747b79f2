package org.rapidin.attribution.service;

import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.check.FiniteDifference;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.compression.LmHead;
import org.rapidin.attribution.gradient.GradientComputer;
import org.rapidin.attribution.gradient.Parameter;
import org.rapidin.attribution.gradient.WeightedSequence;
import org.rapidin.attribution.memory.MemoryBudget;
import org.rapidin.attribution.model.DecoderFamilies;
import org.rapidin.attribution.model.ModelCheck;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.WeightFiles;
import org.rapidin.attribution.model.decoder.fused.FusedKernels;
import org.rapidin.attribution.model.file.ModelDirectory;
import org.rapidin.attribution.model.file.TensorSource;
import org.rapidin.attribution.model.torch.SharedTokenizers;
import org.rapidin.attribution.model.torch.TokenizedText;
import org.rapidin.attribution.model.torch.TorchRuntime;
import org.rapidin.attribution.model.weights.SharedWeights;
import org.rapidin.attribution.model.weights.WeightCache;

/**
 * What an attributor has in native memory: shares of a tokenizer and of the base weights, and per
 * checkpoint an adapter with a computer of its gradients. Safe for several threads until {@link
 * #close}.
 */
final class ModelInstance implements AutoCloseable {
  /**
   * One checkpoint.
   *
   * @param computer computes gradients at it
   * @param weight of its inner products
   */
  record WeightedComputer(GradientComputer computer, double weight) {}

  private record Adapter(LoraConfig config, LoraWeights weights) {}

  private final NDManager manager;
  private final DecoderConfig config;
  private final SpecialTokens specialTokens;
  private final List<WeightedComputer> checkpoints = new ArrayList<>();
  private final List<Adapter> adapters = new ArrayList<>();
  private SharedTokenizers.Share tokenizer;
  private SharedWeights base;
  private GradientLayout layout;
  private long compressionBytes;
  private PassBudget passes;
  private final LayerMethod method = new LayerMethod();
  private final TextHeap textHeap;
  private final MemoryBudget budget;
  private final HeldMemory held;

  private ModelInstance(
      TorchRuntime runtime,
      DecoderConfig config,
      SpecialTokens specialTokens,
      TextHeap textHeap,
      MemoryBudget budget) {
    this.manager = runtime.newManager();
    this.config = config;
    this.specialTokens = specialTokens;
    this.textHeap = textHeap;
    this.budget = budget;
    this.held = new HeldMemory(budget);
  }

  /**
   * Loads what the spec names.
   *
   * @param node tokenizers, and the heap in which they work
   * @throws IllegalArgumentException if a file is missing, malformed or not supported, or the
   *     checkpoints differ in their parameters; names it
   */
  static ModelInstance open(
      AttributorSpec spec,
      ModelDirectory directory,
      String digest,
      TorchRuntime runtime,
      WeightCache cache,
      NodeParts node)
      throws IOException {
    ModelInstance instance =
        new ModelInstance(
            runtime,
            DecoderFamilies.parse(directory.config()),
            spec.specialTokens(),
            node.textHeap(),
            cache.budget());
    try {
      instance.tokenizer = node.tokenizers().open(runtime, directory.tokenizer(), cache.budget());
      ModelLayout layout = instance.config.layout();
      WeightCache.Opener files = () -> WeightFiles.named(layout, directory.openWeights());
      instance.base = cache.open(digest, spec.model(), runtime, files, layout);
      instance.load(spec, directory);
      instance.base.preload();
      instance.chooseMethod(spec.model(), instance.newPasses());
      instance.passes = instance.newPasses();
      return instance;
    } catch (IOException | RuntimeException | Error e) {
      instance.close();
      throw e;
    }
  }

  private PassBudget newPasses() {
    return passes(compressionBytes);
  }

  /**
   * Memory of passes whose gradients are not compressed.
   *
   * @param bytes that a pass takes beyond gradients that are multiplied out
   */
  PassBudget passes(long bytes) {
    GradientComputer computer = checkpoints.getFirst().computer();
    boolean onDevice = manager.getDevice().isGpu();
    long fixed = held.bytes() + tokenizer.bytes();
    return new PassBudget(budget, computer, base, fixed, bytes, onDevice);
  }

  private void load(AttributorSpec spec, ModelDirectory directory) throws IOException {
    if (spec.checkpoints().isEmpty()) {
      add(config.build(base, Optional.empty()), spec, 1);
    }
    for (Checkpoint checkpoint : spec.checkpoints()) {
      LoraWeights adapter = adapter(directory, checkpoint.adapter());
      add(config.build(base, Optional.of(adapter)), spec, checkpoint.weight());
      if (!parameters().equals(checkpoints.getLast().computer().parameters())) {
        throw new IllegalArgumentException(
            "adapter [%s] has other parameters than [%s]: checkpoints are adapters of one training"
                .formatted(checkpoint.adapter(), spec.checkpoints().getFirst().adapter()));
      }
    }
  }

  private LoraWeights adapter(ModelDirectory directory, String name) throws IOException {
    try (TensorSource files = directory.openAdapter(name)) {
      LoraConfig lora = LoraConfig.parse(directory.adapterConfig(name));
      held.reserveAdapter(name, LoraWeights.shapes(lora, config.layout()).values());
      LoraWeights weights = LoraWeights.load(manager, lora, config.layout(), files);
      adapters.add(new Adapter(lora, weights));
      return weights;
    }
  }

  private void add(Decoder decoder, AttributorSpec spec, double weight) {
    Map<String, List<Long>> adapter = decoder.adapter().map(LoraWeights::shapes).orElse(Map.of());
    layout = ModelCheck.gradients(spec, config.layout(), adapter);
    checkpoints.add(new WeightedComputer(computer(spec.compression(), decoder), weight));
  }

  private GradientComputer computer(Compression compression, Decoder decoder) {
    if (compression instanceof LmHead head) {
      return GradientComputer.ofHead(manager, decoder, head.vocabulary(config.vocabularySize()));
    }
    List<String> names = layout.tensors().stream().map(Tensor::name).toList();
    return new GradientComputer(manager, decoder, names);
  }

  private void chooseMethod(String model, PassBudget probes) {
    method.choose(model, manager, checkpoints.getFirst().computer(), probes);
    checkpoints.replaceAll(
        checkpoint -> new WeightedComputer(method.of(checkpoint.computer()), checkpoint.weight()));
  }

  /** Whether layers run under automatic differentiation, and not by hand. */
  boolean automatic() {
    return method.automatic();
  }

  /**
   * Reserves what a compressor of the model's gradients holds, until the model is closed, and lets
   * passes reserve what it takes for each.
   *
   * @throws IllegalArgumentException if it can never fit; names the numbers
   * @throws org.rapidin.attribution.memory.MemoryLimitException if it does not fit in time
   */
  void reserve(Compression compression) {
    held.reserve(compression, layout);
    compressionBytes = compression.passBytes(layout);
    passes = newPasses();
  }

  /** Owner of what the model has in native memory, on the device of its gradients. */
  NDManager manager() {
    return manager;
  }

  /** The program of layers by hand; empty if this libtorch or processor cannot run it. */
  Optional<FusedKernels> kernels() {
    return method.kernels();
  }

  /** Memory of the passes. */
  PassBudget passes() {
    return passes;
  }

  /**
   * Tokenizes a sample, cut off at the limit or at the longest sequence that the model takes.
   *
   * @param cancelled asked while the text waits for memory
   * @throws IllegalArgumentException if no token of the completion can carry loss; says why
   */
  TokenizedText encode(Sample sample, int maxTokens, BooleanSupplier cancelled) {
    TextLimit textLimit = new TextLimit(maxTokens);
    Sample read = textLimit.clip(sample);
    if (specialTokens == SpecialTokens.EVERYWHERE) {
      read = new Sample(read.prompt(), read.completion());
    }
    TokenizedText text =
        tokenizer
            .tokenizer()
            .encode(
                read,
                Math.min(maxTokens, config.maxPositions()),
                part -> textHeap.reserve(part, budget, cancelled));
    boolean cutUnseen = !text.truncated() && read.characters() > textLimit.characters();
    return cutUnseen ? text.cut() : text;
  }

  /** Names of the tokenizer's special tokens. */
  List<String> specialTokens() {
    return tokenizer.tokenizer().specialTokens();
  }

  /** Number of tokens in the vocabulary. */
  int vocabularySize() {
    return config.vocabularySize();
  }

  /**
   * How far the first checkpoint's gradient is from a finite difference.
   *
   * @param cancelled asked while passes wait for memory
   * @throws IllegalArgumentException if the passes can never fit in memory
   */
  double derivativeError(WeightedSequence sequence, BooleanSupplier cancelled) {
    Optional<Adapter> adapter = adapters.stream().findFirst();
    return new FiniteDifference(
            manager, config, base, computer -> passes.reserve(computer, sequence, cancelled))
        .error(adapter.map(Adapter::config), adapter.map(Adapter::weights), sequence);
  }

  /** At least one, all with the same parameters. */
  List<WeightedComputer> checkpoints() {
    return checkpoints;
  }

  /** The tensors whose gradients count, the same at every checkpoint. */
  List<Parameter> parameters() {
    return checkpoints.getFirst().computer().parameters();
  }

  /** The gradients of all checkpoints as one vector. */
  GradientLayout layout() {
    return layout;
  }

  /**
   * Bytes of the weights as float32, base and adapters, wherever they are, and of what a compressor
   * holds.
   */
  long bytes() {
    return base.totalBytes() + held.bytes();
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.close();
    }
    method.close();
    manager.close();
    if (base != null) {
      base.close();
    }
    held.close();
  }
}
