package org.rapidin.attribution.model.decoder.granite;

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

/**
 * A layer of Llama's shape whose attention and MLP are multiplied before they are added.
 *
 * @param residual what they are multiplied with
 */
record GranitePlan(
    long hidden,
    long middle,
    AttentionShape heads,
    boolean biased,
    boolean mlpBiased,
    RotaryPositions rotary,
    double residual,
    Activation activation)
    implements DecoderPlan {

  @Override
  public ModuleNames names() {
    return ModuleNames.USUAL;
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("input_layernorm", hidden);
    SelfAttention.declare(layer, heads, hidden, biased, biased);
    layer.norm("post_attention_layernorm", hidden);
    GatedMlp.declare(layer, hidden, middle, mlpBiased);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule inputNorm = modules.norm("input_layernorm");
    SelfAttention attention =
        SelfAttention.of(modules, heads.attention(modules, PassContext.UNBOUNDED, rotary));
    NormModule middleNorm = modules.norm("post_attention_layernorm");
    GatedMlp mlp = GatedMlp.of(modules, activation);
    NDArray factor = modules.scalar(residual);
    return (stream, context, tap) -> {
      NDArray mixed = attention.apply(inputNorm.apply(stream, tap), context, tap);
      NDArray attended = mixed.mul(factor).add(stream);
      return mlp.apply(middleNorm.apply(attended, tap), tap).mul(factor).add(attended);
    };
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 4 * hidden;
  }
}
