package org.rapidin.attribution.model.decoder.gptneox;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.decoder.RotaryPositions;
import org.rapidin.attribution.model.decoder.composed.Activation;
import org.rapidin.attribution.model.decoder.composed.AttentionShape;
import org.rapidin.attribution.model.decoder.composed.DecoderPlan;
import org.rapidin.attribution.model.decoder.composed.LayerBody;
import org.rapidin.attribution.model.decoder.composed.LayerLayout;
import org.rapidin.attribution.model.decoder.composed.LayerModules;
import org.rapidin.attribution.model.decoder.composed.ModuleNames;
import org.rapidin.attribution.model.decoder.composed.PlainMlp;
import org.rapidin.attribution.model.decoder.composed.Projection;
import org.rapidin.attribution.model.decoder.composed.SelfAttention;

/**
 * A layer whose MLP reads the stream itself, or what attention has added to it.
 *
 * @param biased whether the linear layers of attention have a bias; those of the MLP have
 * @param parallel whether the MLP reads the stream itself
 */
record GptNeoxPlan(
    long hidden,
    long middle,
    AttentionShape heads,
    boolean biased,
    boolean parallel,
    RotaryPositions rotary,
    Activation activation)
    implements DecoderPlan {
  private static final ModuleNames NAMES =
      new ModuleNames(
          "gpt_neox.embed_in", "", "gpt_neox.layers", "gpt_neox.final_layer_norm", "embed_out");

  @Override
  public ModuleNames names() {
    return NAMES;
  }

  @Override
  public ModelLayout.Builder describe(ModelLayout.Builder layout) {
    return layout
        .derived(".attention.bias", ".attention.masked_bias")
        .adapterTargets("query_key_value");
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("input_layernorm", hidden);
    layer.linear("attention.query_key_value", 3 * hidden, hidden, biased);
    layer.linear("attention.dense", hidden, hidden, biased);
    layer.norm("post_attention_layernorm", hidden);
    layer.linear("mlp.dense_h_to_4h", middle, hidden, true);
    layer.linear("mlp.dense_4h_to_h", hidden, middle, true);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    NormModule attentionNorm = modules.norm("input_layernorm");
    SelfAttention attention =
        new SelfAttention(
            new Projection.Interleaved(modules.linear("attention.query_key_value"), heads),
            heads.attention(modules, PassContext.UNBOUNDED, rotary),
            modules.linear("attention.dense"));
    NormModule mlpNorm = modules.norm("post_attention_layernorm");
    PlainMlp mlp =
        new PlainMlp(
            modules.linear("mlp.dense_h_to_4h"),
            modules.linear("mlp.dense_4h_to_h"),
            activation,
            modules.scalars());
    return (stream, context, tap) -> {
      NDArray attended =
          attention.apply(attentionNorm.apply(stream, tap), context, tap).add(stream);
      NDArray read = parallel ? stream : attended;
      return mlp.apply(mlpNorm.apply(read, tap), tap).add(attended);
    };
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 4 * hidden;
  }
}
