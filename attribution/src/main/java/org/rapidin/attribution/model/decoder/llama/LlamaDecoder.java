package org.rapidin.attribution.model.decoder.llama;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Optional;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.EmbeddingModule;
import org.rapidin.attribution.model.decoder.GroupedAttention;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.LoraWeights;
import org.rapidin.attribution.model.decoder.ModelLayout;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.PassContext;
import org.rapidin.attribution.model.torch.TorchMemory;

/** A Llama-like decoder: Llama, Mistral and Qwen2. Borrows its weights; see {@link Decoder}. */
public final class LlamaDecoder implements Decoder {
  private final LlamaConfig config;
  private final DecoderWeights weights;
  private final Optional<LoraWeights> adapter;
  private final NDArray epsilon;
  private final NDArray attentionScale;

  LlamaDecoder(LlamaConfig config, DecoderWeights weights, Optional<LoraWeights> adapter) {
    this.config = config;
    this.weights = weights;
    this.adapter = adapter;
    NDManager manager = weights.manager();
    this.epsilon = TorchMemory.scalar(manager, config.normEpsilon());
    this.attentionScale = TorchMemory.scalar(manager, 1 / Math.sqrt(config.headDimension()));
  }

  @Override
  public LlamaConfig config() {
    return config;
  }

  @Override
  public ModelLayout layout() {
    return weights.layout();
  }

  @Override
  public Optional<LoraWeights> adapter() {
    return adapter;
  }

  @Override
  public PassContext context(NDManager manager, int... lengths) {
    return new PassContext(manager, lengths);
  }

  @Override
  public NDArray embed(NDArray ids, ModuleTap tap) {
    try (DecoderWeights.Lease lease = weights.embedding()) {
      String name = LlamaLayout.EMBEDDING;
      return new EmbeddingModule(name, lease.get(name + ".weight")).apply(ids, tap);
    }
  }

  @Override
  public LlamaLayer layer(int index) {
    DecoderWeights.Lease lease = weights.layer(index);
    try {
      return layer(index, lease);
    } catch (RuntimeException | Error e) {
      lease.close();
      throw e;
    }
  }

  private LlamaLayer layer(int index, DecoderWeights.Lease lease) {
    GroupedAttention attention =
        new GroupedAttention(
            config.heads(),
            config.keyValueHeads(),
            config.headDimension(),
            attentionScale,
            config.windows().get(index),
            config.rotary(),
            null);
    return new LlamaLayer(
        lease,
        attention,
        norm(index, "input_layernorm", lease),
        linear(index, "self_attn.q_proj", lease),
        linear(index, "self_attn.k_proj", lease),
        linear(index, "self_attn.v_proj", lease),
        linear(index, "self_attn.o_proj", lease),
        norm(index, "post_attention_layernorm", lease),
        linear(index, "mlp.gate_proj", lease),
        linear(index, "mlp.up_proj", lease),
        linear(index, "mlp.down_proj", lease));
  }

  private NormModule norm(int layer, String part, DecoderWeights.Lease lease) {
    String name = LlamaLayout.layer(layer, part);
    return new NormModule(name, lease.get(name + ".weight"), epsilon);
  }

  private LinearModule linear(int layer, String part, DecoderWeights.Lease lease) {
    String name = LlamaLayout.layer(layer, part);
    NDArray bias = layout().contains(name + ".bias") ? lease.get(name + ".bias") : null;
    LoraWeights.Pair lora = adapter.flatMap(weights -> weights.pair(name)).orElse(null);
    return new LinearModule(name, lease.get(name + ".weight"), bias, lora);
  }

  @Override
  public LlamaHead head() {
    DecoderWeights.Lease lease = weights.head();
    String norm = LlamaLayout.NORM;
    return new LlamaHead(
        lease,
        new NormModule(norm, lease.get(norm + ".weight"), epsilon),
        new LinearModule(LlamaLayout.HEAD, lease.get(layout().headParameter()), null, null));
  }
}
