package org.rapidin.attribution.model.decoder.llama;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.ResidentWeights;
import org.rapidin.attribution.model.decoder.RopeScaling;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig.AttentionBiases;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A decoder of about a thousand random parameters, and the oracle over the same numbers. */
public final class TinyModel implements AutoCloseable {
  /** What distinguishes one Llama model from another. */
  public enum Variant {
    GROUPED_QUERIES_UNTIED,
    TIED_WIDE_HEADS,
    BIASED,
    BIASED_WITHOUT_OUTPUT,
    WINDOWED,
    STRETCHED_POSITIONS,
    LINEAR_POSITIONS,
    YARN,
    ADAPTED,
    ADAPTED_TIED
  }

  private final NDManager manager = TestRuntime.get().newManager();
  private final LlamaConfig config;
  private final Map<String, NDArray> parameters = new LinkedHashMap<>();
  private final Decoder decoder;
  private final PlainLlama oracle;
  private final Map<String, double[]> numbers = new LinkedHashMap<>();

  /** A model whose every parameter, norms and biases too, is random from the seed. */
  public TinyModel(Variant variant, long seed) {
    this(variant, seed, 1);
  }

  /**
   * A model nearer to or farther from one that only copies its input.
   *
   * @param spread factor of the random numbers: large ones multiply rounding from layer to layer
   */
  public TinyModel(Variant variant, long seed, double spread) {
    config = config(variant);
    ResidentWeights weights = ResidentWeights.random(manager, config.layout(), 0.4 * spread, seed);
    LoraConfig lora = new LoraConfig(3, 5, true, List.of("q_proj", "o_proj", "down_proj"));
    boolean adapted = variant == Variant.ADAPTED || variant == Variant.ADAPTED_TIED;
    Optional<LoraWeights> adapter =
        adapted
            ? Optional.of(LoraWeights.random(manager, lora, config.layout(), seed + 1))
            : Optional.empty();
    decoder = config.build(weights, adapter);
    parameters.putAll(weights.parameters());
    adapter.ifPresent(matrices -> parameters.putAll(matrices.parameters()));
    Random random = new Random(seed + 2);
    parameters.forEach(
        (name, array) -> {
          MemorySegment memory = TorchMemory.view(array);
          double[] copy = new double[(int) array.size()];
          for (int i = 0; i < copy.length; i++) {
            float value = memory.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            value += (float) (0.3 * spread * random.nextGaussian());
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
            copy[i] = value;
          }
          numbers.put(name, copy);
        });
    oracle =
        new PlainLlama(
            config, numbers, adapted ? lora.scale("model.layers.0.self_attn.q_proj") : 0);
  }

  private static LlamaConfig config(Variant variant) {
    boolean tied = variant == Variant.TIED_WIDE_HEADS || variant == Variant.ADAPTED_TIED;
    boolean wide = variant == Variant.TIED_WIDE_HEADS;
    RopeScaling scaling =
        switch (variant) {
          case STRETCHED_POSITIONS -> new RopeScaling.Llama3(4, 1, 4, 40);
          case LINEAR_POSITIONS -> new RopeScaling.Linear(2.5);
          case YARN -> new RopeScaling.Yarn(4, -0.5, 1.4, 1.3);
          default -> new RopeScaling.None();
        };
    AttentionBiases biases =
        switch (variant) {
          case BIASED -> AttentionBiases.QKVO;
          case BIASED_WITHOUT_OUTPUT -> AttentionBiases.QKV;
          default -> AttentionBiases.NONE;
        };
    int window = variant == Variant.WINDOWED ? 3 : PassContext.UNBOUNDED;
    RotaryPositions rotary = new RotaryPositions(wide ? 6 : 4, 30, scaling);
    return new LlamaConfig(
        8, 10, 4, 2, 13, 64, 1e-5, rotary, tied, biases, List.of(window, PassContext.UNBOUNDED));
  }

  public NDManager manager() {
    return manager;
  }

  public Decoder decoder() {
    return decoder;
  }

  /** All parameters, the adapter's last. */
  public Map<String, NDArray> parameters() {
    return parameters;
  }

  public PlainLlama oracle() {
    return oracle;
  }

  /** The oracle's parameters; may be changed in place. */
  public Map<String, double[]> numbers() {
    return numbers;
  }

  /** Random token ids of the vocabulary. */
  public long[] tokens(Random random, int length) {
    return random.longs(length, 0, config.vocabularySize()).toArray();
  }

  @Override
  public void close() {
    manager.close();
  }
}
