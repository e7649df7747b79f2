package org.rapidin.attribution.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.List;
import java.util.Map;

/** One decoder layer: grouped-query attention with rotary positions, then the gated MLP. */
record LlamaLayer(
    ModelConfig config,
    NDArray attentionScale,
    NormModule inputNorm,
    LinearModule q,
    LinearModule k,
    LinearModule v,
    LinearModule o,
    NormModule middleNorm,
    LinearModule gate,
    LinearModule up,
    LinearModule down) {

  static LlamaLayer of(
      int index,
      ModelConfig config,
      Map<String, NDArray> parameters,
      Map<String, LoraWeights.Pair> lora,
      NDArray epsilon,
      NDArray attentionScale) {
    class Parts {
      LinearModule linear(String part) {
        String name = LlamaLayout.layer(index, part);
        NDArray bias = parameters.get(name + ".bias");
        return new LinearModule(name, parameters.get(name + ".weight"), bias, lora.get(name));
      }

      NormModule norm(String part) {
        String name = LlamaLayout.layer(index, part);
        return new NormModule(name, parameters.get(name + ".weight"), epsilon);
      }
    }
    Parts parts = new Parts();
    return new LlamaLayer(
        config,
        attentionScale,
        parts.norm("input_layernorm"),
        parts.linear("self_attn.q_proj"),
        parts.linear("self_attn.k_proj"),
        parts.linear("self_attn.v_proj"),
        parts.linear("self_attn.o_proj"),
        parts.norm("post_attention_layernorm"),
        parts.linear("mlp.gate_proj"),
        parts.linear("mlp.up_proj"),
        parts.linear("mlp.down_proj"));
  }

  List<DecoderModule> modules() {
    return List.of(inputNorm, q, k, v, o, middleNorm, gate, up, down);
  }

  /**
   * @param stream [B, T, hidden]
   * @return [B, T, hidden]
   */
  NDArray apply(NDArray stream, PositionTables.Tables tables, ModuleTap tap) {
    NDArray attended = stream.add(attention(inputNorm.apply(stream, tap), tables, tap));
    return attended.add(mlp(middleNorm.apply(attended, tap), tap));
  }

  /** Query heads that share a key head are laid one after the other: no key is copied. */
  private NDArray attention(NDArray x, PositionTables.Tables tables, ModuleTap tap) {
    long batch = x.getShape().get(0);
    long length = x.getShape().get(1);
    long width = config.headDimension();
    long keyHeads = config.keyValueHeads();
    long group = config.heads() / keyHeads;
    NDArray queries = rotate(perHead(q.apply(x, tap), config.heads()), tables);
    NDArray keys = rotate(perHead(k.apply(x, tap), keyHeads), tables);
    NDArray values = perHead(v.apply(x, tap), keyHeads);
    NDArray weights =
        queries
            .reshape(batch, keyHeads, group * length, width)
            .matMul(keys.transpose(0, 1, 3, 2))
            .mul(attentionScale)
            .reshape(batch, keyHeads, group, length, length)
            .add(tables.mask())
            .softmax(-1)
            .reshape(batch, keyHeads, group * length, length);
    NDArray mixed =
        weights
            .matMul(values)
            .reshape(batch, config.heads(), length, width)
            .transpose(0, 2, 1, 3)
            .reshape(batch, length, config.heads() * width);
    return o.apply(mixed, tap);
  }

  /** [B, T, heads·width] to [B, heads, T, width]. */
  private NDArray perHead(NDArray x, long heads) {
    long batch = x.getShape().get(0);
    long length = x.getShape().get(1);
    return x.reshape(batch, length, heads, config.headDimension()).transpose(0, 2, 1, 3);
  }

  /** Turns each pair (i, i + width/2) by its angle, as Hugging Face lays the halves out. */
  private static NDArray rotate(NDArray x, PositionTables.Tables tables) {
    NDList halves = x.split(2, 3);
    NDArray turned = halves.get(1).neg().concat(halves.get(0), 3);
    return x.mul(tables.cos()).add(turned.mul(tables.sin()));
  }

  private NDArray mlp(NDArray x, ModuleTap tap) {
    NDArray gated = gate.apply(x, tap);
    NDArray silu = JniUtils.sigmoid((PtNDArray) gated).mul(gated);
    return down.apply(silu.mul(up.apply(x, tap)), tap);
  }
}
