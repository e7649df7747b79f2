package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDManager;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.rapidin.attribution.model.torch.TestRuntime;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A decoder of about a thousand random parameters, and the oracle over the same numbers. */
public final class TinyModel implements AutoCloseable {
  /** What distinguishes one Llama model from another. */
  public enum Variant {
    GROUPED_QUERIES_UNTIED,
    TIED_WIDE_HEADS,
    BIASED,
    STRETCHED_POSITIONS,
    ADAPTED,
    ADAPTED_TIED
  }

  private final NDManager manager = TestRuntime.get().newManager();
  private final ModelConfig config;
  private final LlamaDecoder decoder;
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
    DecoderWeights weights = DecoderWeights.random(manager, config, 0.4 * spread, seed);
    LoraConfig lora = new LoraConfig(3, 5, true, List.of("q_proj", "o_proj", "down_proj"));
    boolean adapted = variant == Variant.ADAPTED || variant == Variant.ADAPTED_TIED;
    decoder =
        adapted
            ? new LlamaDecoder(weights, LoraWeights.random(manager, lora, config, seed + 1))
            : new LlamaDecoder(weights);
    Random random = new Random(seed + 2);
    decoder
        .parameters()
        .forEach(
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
    oracle = new PlainLlama(config, numbers, adapted ? lora.scale() : 0);
  }

  private static ModelConfig config(Variant variant) {
    boolean tied = variant == Variant.TIED_WIDE_HEADS || variant == Variant.ADAPTED_TIED;
    boolean wide = variant == Variant.TIED_WIDE_HEADS;
    RopeScaling scaling =
        variant == Variant.STRETCHED_POSITIONS
            ? new RopeScaling.Llama3(4, 1, 4, 40)
            : new RopeScaling.None();
    boolean biased = variant == Variant.BIASED;
    return new ModelConfig(8, 10, 2, 4, 2, wide ? 6 : 4, 13, 64, 1e-5, 30, scaling, tied, biased);
  }

  public NDManager manager() {
    return manager;
  }

  public LlamaDecoder decoder() {
    return decoder;
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
