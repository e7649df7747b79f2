package org.rapidin.attribution.model.decoder.gemma2;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.rapidin.attribution.model.decoder.GroupedAttention;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.DecoderPlan;
import org.rapidin.attribution.model.decoder.composed.GatedMlp;
import org.rapidin.attribution.model.decoder.composed.LayerBody;
import org.rapidin.attribution.model.decoder.composed.LayerLayout;
import org.rapidin.attribution.model.decoder.composed.LayerModules;
import org.rapidin.attribution.model.decoder.composed.ModuleNames;
import org.rapidin.attribution.model.decoder.composed.SelfAttention;

/**
 * A layer of Gemma 2 and 3: attention and MLP, each with a normalization before it and one after
 * it.
 *
 * @param normalizedHeads whether each head's queries and keys are normalized, as in Gemma 3
 * @param rotary positions of each layer
 * @param windows of each layer
 */
public record GemmaPlan(
    long hidden,
    long middle,
    AttentionShape heads,
    boolean biased,
    boolean normalizedHeads,
    List<RotaryPositions> rotary,
    List<Integer> windows,
    Activation activation)
    implements DecoderPlan {

  @Override
  public ModuleNames names() {
    return ModuleNames.USUAL;
  }

  @Override
  public ModelLayout.Builder describe(ModelLayout.Builder layout) {
    return layout.adapterTargets("q_proj", "v_proj");
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("input_layernorm", hidden);
    SelfAttention.declare(layer, heads, hidden, biased, biased);
    if (normalizedHeads) {
      SelfAttention.declareNorms(layer, heads.width(), heads.width());
    }
    layer.norm("post_attention_layernorm", hidden);
    layer.norm("pre_feedforward_layernorm", hidden);
    GatedMlp.declare(layer, hidden, middle, false);
    layer.norm("post_feedforward_layernorm", hidden);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule beforeAttention = modules.norm("input_layernorm");
    SelfAttention attention = attention(modules);
    NormModule afterAttention = modules.norm("post_attention_layernorm");
    NormModule beforeMlp = modules.norm("pre_feedforward_layernorm");
    GatedMlp mlp = GatedMlp.of(modules, activation);
    NormModule afterMlp = modules.norm("post_feedforward_layernorm");
    return (stream, context, tap) -> {
      NDArray mixed = attention.apply(beforeAttention.apply(stream, tap), context, tap);
      NDArray attended = afterAttention.apply(mixed, tap).add(stream);
      NDArray middle = mlp.apply(beforeMlp.apply(attended, tap), tap);
      return afterMlp.apply(middle, tap).add(attended);
    };
  }

  private SelfAttention attention(LayerModules modules) {
    int index = modules.index();
    GroupedAttention mix = heads.attention(modules, windows.get(index), rotary.get(index));
    return normalizedHeads
        ? SelfAttention.normalized(modules, mix)
        : SelfAttention.of(modules, mix);
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    long normalized = normalizedHeads ? 5 * (heads.queries() + heads.keys()) : 0;
    return normalized + 10 * hidden + heads.capFloats(keys);
  }
}
