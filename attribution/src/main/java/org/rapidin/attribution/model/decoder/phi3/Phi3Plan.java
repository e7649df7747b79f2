package org.rapidin.attribution.model.decoder.phi3;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.DecoderPlan;
import org.rapidin.attribution.model.decoder.composed.LayerBody;
import org.rapidin.attribution.model.decoder.composed.LayerLayout;
import org.rapidin.attribution.model.decoder.composed.LayerModules;
import org.rapidin.attribution.model.decoder.composed.ModuleNames;
import org.rapidin.attribution.model.decoder.composed.Projection;
import org.rapidin.attribution.model.decoder.composed.SelfAttention;

/** A layer of Llama's shape with joint projections. */
record Phi3Plan(
    long hidden,
    long middle,
    AttentionShape heads,
    RotaryPositions rotary,
    List<Integer> windows,
    Activation activation)
    implements DecoderPlan {

  @Override
  public ModuleNames names() {
    return ModuleNames.USUAL;
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("input_layernorm", hidden);
    layer.linear("self_attn.qkv_proj", heads.queries() + 2 * heads.keys(), hidden, false);
    layer.linear("self_attn.o_proj", hidden, heads.queries(), false);
    layer.norm("post_attention_layernorm", hidden);
    layer.linear("mlp.gate_up_proj", 2 * middle, hidden, false);
    layer.linear("mlp.down_proj", hidden, middle, false);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule inputNorm = modules.norm("input_layernorm");
    SelfAttention attention =
        new SelfAttention(
            new Projection.Joint(modules.linear("self_attn.qkv_proj"), heads),
            heads.attention(modules, windows.get(modules.index()), rotary),
            modules.linear("self_attn.o_proj"));
    NormModule middleNorm = modules.norm("post_attention_layernorm");
    LinearModule gateAndUp = modules.linear("mlp.gate_up_proj");
    LinearModule down = modules.linear("mlp.down_proj");
    return (stream, context, tap) -> {
      NDArray attended = attention.apply(inputNorm.apply(stream, tap), context, tap).add(stream);
      NDList halves = gateAndUp.apply(middleNorm.apply(attended, tap), tap).split(2, 2);
      NDArray gated = activation.apply(halves.get(0), modules.scalars()).mul(halves.get(1));
      return down.apply(gated, tap).add(attended);
    };
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 0;
  }
}
