package org.rapidin.attribution.compression;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.attribution.error.CompressionError;
import org.rapidin.attribution.sketch.VocabularySketch;
import org.rapidin.attribution.spec.SpecObject;

/**
 * Two products at the head, which need no backward pass through the layers: {@code {"method":
 * "lm_head", "dimension": default 16384, "seed": default 42}}. It takes the head of the base model,
 * tied or not, whatever the attributor's parameters are.
 *
 * <p>With r_t the gradient of the loss at the logits of position t, softmax minus 1 at the target
 * times the loss's weight, h_t the head's input [H] and W its weight [V, H], the two tensors of a
 * checkpoint are
 *
 * <ul>
 *   <li>Σ_t S·r_t·h_tᵀ, [B, H]: the gradient of W, with its rows count-sketched to B = min(V,
 *       {@link #buckets}) by {@link VocabularySketch}
 *   <li>Σ_t (Wᵀ·r_t)·h_tᵀ, [H, H]: the same with the gradient at the head's input in place of r
 * </ul>
 *
 * <p>They are normalized and weighted as other tensors, and both together are count-sketched to K
 * numbers as with {@link RapidGrad}, with the same seed.
 *
 * <p>The two channels are those of RISE; its temperature, its choice of the most probable tokens,
 * its normalization of each token's factors and its fixed weights of the channels are not, so that
 * a vector is linear in the loss's weights and the first channel is a gradient.
 *
 * @param dimension K, a power of two from 256 to 2^20
 * @param seed decides every bucket and sign
 * @see <a href="https://arxiv.org/abs/2604.16197">RISE</a>
 */
public record LmHead(int dimension, long seed) implements Compression {
  static final String METHOD_NAME = "lm_head";
  private static final String DIMENSION = "dimension";
  private static final String SEED = "seed";

  /**
   * Checks the options.
   *
   * @throws IllegalArgumentException if the dimension is out of range
   */
  public LmHead {
    SketchDimension.require(METHOD_NAME, dimension);
  }

  static LmHead read(SpecObject compression) {
    compression.requireKeys(METHOD, DIMENSION, SEED);
    return new LmHead(compression.smallInteger(DIMENSION, 16384), compression.integer(SEED, 42));
  }

  /** Returns the most rows of the first tensor: K, from 1,024 to 16,384. */
  public int buckets() {
    return Math.clamp(dimension, 1024, 16384);
  }

  /** Returns what makes the rows of the first tensor from those of a vocabulary's tokens. */
  public VocabularySketch vocabulary(int tokens) {
    return new VocabularySketch(tokens, buckets(), seed);
  }

  @Override
  public Optional<List<Tensor>> ofHead(Tensor head) {
    long tokens = head.shape().get(0);
    long width = head.shape().get(1);
    return Optional.of(
        List.of(
            new Tensor(head.name(), List.of(Math.min(tokens, buckets()), width), false),
            new Tensor(head.module() + ".input", List.of(width, width), false)));
  }

  @Override
  public LmHead fit(GradientLayout layout) {
    return this;
  }

  /** A sketch of the vocabulary to B sums adds at most 1/B, the less the more states differ. */
  @Override
  public CompressionError error(GradientLayout layout) {
    boolean sketched = layout.tensors().getFirst().shape().getFirst() == buckets();
    return new CompressionError.OfSketch(
        1.0 / dimension + (sketched ? 1.0 / buckets() : 0), sketched);
  }

  @Override
  public String method() {
    return METHOD_NAME;
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put(METHOD, METHOD_NAME);
    map.put(DIMENSION, dimension);
    map.put(SEED, seed);
    return map;
  }
}
