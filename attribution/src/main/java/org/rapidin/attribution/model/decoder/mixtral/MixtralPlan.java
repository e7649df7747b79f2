package org.rapidin.attribution.model.decoder.mixtral;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.DecoderPlan;
import org.rapidin.attribution.model.decoder.composed.Experts;
import org.rapidin.attribution.model.decoder.composed.GatedMlp;
import org.rapidin.attribution.model.decoder.composed.LayerBody;
import org.rapidin.attribution.model.decoder.composed.LayerLayout;
import org.rapidin.attribution.model.decoder.composed.LayerModules;
import org.rapidin.attribution.model.decoder.composed.ModuleNames;
import org.rapidin.attribution.model.decoder.composed.SelfAttention;

/**
 * A layer of Llama's shape with experts in place of its MLP.
 *
 * @param experts how many there are
 * @param perToken how many of them a token passes
 */
record MixtralPlan(
    long hidden,
    long middle,
    AttentionShape heads,
    RotaryPositions rotary,
    List<Integer> windows,
    Activation activation,
    int experts,
    int perToken)
    implements DecoderPlan {
  private static final String ROUTER = "block_sparse_moe.gate";

  MixtralPlan {
    if (experts > 1 << 10 || perToken > experts) {
      throw new IllegalArgumentException(
          "config.json: num_local_experts must be 1 to 1024 and num_experts_per_tok at most that, got %s and %s"
              .formatted(experts, perToken));
    }
  }

  @Override
  public ModuleNames names() {
    return ModuleNames.USUAL;
  }

  @Override
  public ModelLayout.Builder describe(ModelLayout.Builder layout) {
    return layout.adapterTargets("q_proj", "v_proj");
  }

  private static String expert(int index, String part) {
    return "block_sparse_moe.experts.%s.%s".formatted(index, part);
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("input_layernorm", hidden);
    SelfAttention.declare(layer, heads, hidden, false, false);
    layer.norm("post_attention_layernorm", hidden);
    layer.linear(ROUTER, experts, hidden, false);
    for (int i = 0; i < experts; i++) {
      layer.linear(expert(i, "w1"), middle, hidden, false);
      layer.linear(expert(i, "w2"), hidden, middle, false);
      layer.linear(expert(i, "w3"), middle, hidden, false);
    }
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule inputNorm = modules.norm("input_layernorm");
    SelfAttention attention =
        SelfAttention.of(modules, heads.attention(modules, windows.get(modules.index()), rotary));
    NormModule middleNorm = modules.norm("post_attention_layernorm");
    List<GatedMlp> mlps =
        IntStream.range(0, experts).mapToObj(index -> expert(modules, index)).toList();
    Experts routed = new Experts(modules.linear(ROUTER), mlps, perToken);
    return (stream, context, tap) -> {
      NDArray attended = attention.apply(inputNorm.apply(stream, tap), context, tap).add(stream);
      return routed.apply(middleNorm.apply(attended, tap), tap).add(attended);
    };
  }

  private GatedMlp expert(LayerModules modules, int index) {
    return new GatedMlp(
        modules.linear(expert(index, "w1")),
        modules.linear(expert(index, "w3")),
        modules.linear(expert(index, "w2")),
        activation,
        modules.scalars());
  }

  @Override
  public long linearWidths(long all, int rows) {
    return all - (experts - passed(rows)) * (2 * middle + hidden);
  }

  /** Rows that choose different experts make each of them as long as the longest row. */
  private long passed(int rows) {
    return Math.min(experts, (long) rows * perToken);
  }

  /**
   * The experts' inputs and joined outputs, and each token's outputs before and after weighting.
   */
  @Override
  public long additionalFloats(long keys, int rows) {
    return 2 * (passed(rows) + perToken) * hidden;
  }
}
