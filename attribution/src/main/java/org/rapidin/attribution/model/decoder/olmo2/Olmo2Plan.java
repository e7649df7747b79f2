package org.rapidin.attribution.model.decoder.olmo2;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.PassContext;
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

/** Attention and MLP on the stream itself, each normalized before it is added. */
record Olmo2Plan(
    long hidden,
    long middle,
    AttentionShape heads,
    boolean biased,
    RotaryPositions rotary,
    Activation activation)
    implements DecoderPlan {

  @Override
  public ModuleNames names() {
    return ModuleNames.USUAL;
  }

  @Override
  public void declare(LayerLayout layer) {
    SelfAttention.declare(layer, heads, hidden, biased, biased);
    SelfAttention.declareNorms(layer, heads.queries(), heads.keys());
    layer.norm("post_attention_layernorm", hidden);
    GatedMlp.declare(layer, hidden, middle, false);
    layer.norm("post_feedforward_layernorm", hidden);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    SelfAttention attention =
        SelfAttention.normalized(modules, heads.attention(modules, PassContext.UNBOUNDED, rotary));
    NormModule attentionNorm = modules.norm("post_attention_layernorm");
    GatedMlp mlp = GatedMlp.of(modules, activation);
    NormModule mlpNorm = modules.norm("post_feedforward_layernorm");
    return (stream, context, tap) -> {
      NDArray mixed = attention.apply(stream, context, tap);
      NDArray attended = attentionNorm.apply(mixed, tap).add(stream);
      return mlpNorm.apply(mlp.apply(attended, tap), tap).add(attended);
    };
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 5 * (heads.queries() + heads.keys());
  }
}
