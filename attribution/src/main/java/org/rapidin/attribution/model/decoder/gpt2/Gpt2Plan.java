package org.rapidin.attribution.model.decoder.gpt2;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.PassContext;
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
 * A layer without rotary positions whose linear layers are stored transposed.
 *
 * @param scaled whether scores are divided by the root of a head's width
 * @param scaledByLayer whether scores of layer i are divided by i + 1
 */
record Gpt2Plan(
    long hidden,
    long middle,
    int heads,
    boolean scaled,
    boolean scaledByLayer,
    Activation activation)
    implements DecoderPlan {
  private static final ModuleNames NAMES =
      new ModuleNames(
          "transformer.wte", "transformer.wpe", "transformer.h", "transformer.ln_f", "lm_head");

  @Override
  public ModuleNames names() {
    return NAMES;
  }

  @Override
  public ModelLayout.Builder describe(ModelLayout.Builder layout) {
    return layout
        .prefix("transformer.")
        .derived(".attn.bias", ".attn.masked_bias")
        .adapterTargets("c_attn");
  }

  @Override
  public void declare(LayerLayout layer) {
    layer.norm("ln_1", hidden);
    layer.transposed("attn.c_attn", hidden, 3 * hidden);
    layer.transposed("attn.c_proj", hidden, hidden);
    layer.norm("ln_2", hidden);
    layer.transposed("mlp.c_fc", hidden, middle);
    layer.transposed("mlp.c_proj", middle, hidden);
  }

  @Override
  public LayerBody body(LayerModules modules) {
    AttentionShape shape = shape(modules.index());
    NormModule attentionNorm = modules.norm("ln_1");
    SelfAttention attention =
        new SelfAttention(
            new Projection.Joint(modules.linear("attn.c_attn"), shape),
            shape.attention(modules, PassContext.UNBOUNDED, null),
            modules.linear("attn.c_proj"));
    NormModule mlpNorm = modules.norm("ln_2");
    PlainMlp mlp =
        new PlainMlp(
            modules.linear("mlp.c_fc"),
            modules.linear("mlp.c_proj"),
            activation,
            modules.scalars());
    return (stream, context, tap) -> {
      NDArray attended =
          attention.apply(attentionNorm.apply(stream, tap), context, tap).add(stream);
      return mlp.apply(mlpNorm.apply(attended, tap), tap).add(attended);
    };
  }

  private AttentionShape shape(int layer) {
    int width = Math.toIntExact(hidden / heads);
    double scale = scaled ? 1 / Math.sqrt(width) : 1;
    return new AttentionShape(heads, heads, width, scaledByLayer ? scale / (layer + 1) : scale, 0);
  }

  @Override
  public long additionalFloats(long keys, int rows) {
    return 4 * hidden;
  }
}
