package org.rapidin.attribution.model.decoder.qwen3;

import ai.djl.ndarray.NDArray;
import java.util.List;
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

/** A layer of Llama's shape with a normalization of each head's queries and keys. */
record Qwen3Plan(
    long hidden,
    long middle,
    AttentionShape heads,
    boolean biased,
    RotaryPositions rotary,
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
    SelfAttention.declareNorms(layer, heads.width(), heads.width());
    layer.norm("post_attention_layernorm", hidden);
    GatedMlp.declare(layer, hidden, middle, false);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule inputNorm = modules.norm("input_layernorm");
    SelfAttention attention =
        SelfAttention.normalized(
            modules, heads.attention(modules, windows.get(modules.index()), rotary));
    NormModule middleNorm = modules.norm("post_attention_layernorm");
    GatedMlp mlp = GatedMlp.of(modules, activation);
    return (stream, context, tap) -> {
      NDArray attended = attention.apply(inputNorm.apply(stream, tap), context, tap).add(stream);
      return mlp.apply(middleNorm.apply(attended, tap), tap).add(attended);
    };
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 5 * (heads.queries() + heads.keys());
  }
}
