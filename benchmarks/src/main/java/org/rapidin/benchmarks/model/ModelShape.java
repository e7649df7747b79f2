package org.rapidin.benchmarks.model;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The shape of a Llama model with tied embeddings and a LoRA adapter of rank 8 on all seven linear
 * layers.
 *
 * @param hidden width of the residual stream
 * @param headWidth width of one attention head
 * @param elementType of the weights' file: {@code F16} or {@code BF16}
 */
public record ModelShape(
    String id,
    int hidden,
    int layers,
    int heads,
    int keyValueHeads,
    int headWidth,
    int intermediate,
    int vocabulary,
    String elementType) {

  /** Rank of the adapter. */
  public static final int RANK = 8;

  /** 135 million parameters, 0.27 GB in half precision. */
  public static final ModelShape SMOLLM_135M =
      new ModelShape("smollm-135m", 576, 30, 9, 3, 64, 1536, 49_152, "F16");

  /** 1.2 billion parameters, 2.5 GB in bfloat16. */
  public static final ModelShape LLAMA_1B =
      new ModelShape("llama-1b", 2048, 16, 32, 8, 64, 8192, 128_256, "BF16");

  /**
   * A shape by its id.
   *
   * @throws IllegalArgumentException if there is none; names the ids
   */
  public static ModelShape of(String id) {
    return switch (id.toLowerCase(Locale.ROOT)) {
      case "smollm-135m" -> SMOLLM_135M;
      case "llama-1b" -> LLAMA_1B;
      default ->
          throw new IllegalArgumentException(
              "[%s] is not a shape: use smollm-135m or llama-1b".formatted(id));
    };
  }

  /** Dimensions of the base model's tensors by name, in the order of the file. */
  Map<String, long[]> tensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    tensors.put("model.embed_tokens.weight", new long[] {vocabulary, hidden});
    tensors.put("model.norm.weight", new long[] {hidden});
    for (int layer = 0; layer < layers; layer++) {
      String prefix = "model.layers.%d.".formatted(layer);
      tensors.put(prefix + "input_layernorm.weight", new long[] {hidden});
      tensors.put(prefix + "post_attention_layernorm.weight", new long[] {hidden});
      linears().forEach((name, size) -> tensors.put(prefix + name + ".weight", size));
    }
    return tensors;
  }

  /** Dimensions of the adapter's tensors by name, in the order of the file. */
  Map<String, long[]> adapterTensors() {
    Map<String, long[]> tensors = new LinkedHashMap<>();
    for (int layer = 0; layer < layers; layer++) {
      String prefix = "base_model.model.model.layers.%d.".formatted(layer);
      linears()
          .forEach(
              (name, size) -> {
                tensors.put(prefix + name + ".lora_A.weight", new long[] {RANK, size[1]});
                tensors.put(prefix + name + ".lora_B.weight", new long[] {size[0], RANK});
              });
    }
    return tensors;
  }

  /** Rows and columns of one layer's linear weights. */
  private Map<String, long[]> linears() {
    long queries = (long) heads * headWidth;
    long keys = (long) keyValueHeads * headWidth;
    Map<String, long[]> linears = new LinkedHashMap<>();
    linears.put("self_attn.q_proj", new long[] {queries, hidden});
    linears.put("self_attn.k_proj", new long[] {keys, hidden});
    linears.put("self_attn.v_proj", new long[] {keys, hidden});
    linears.put("self_attn.o_proj", new long[] {hidden, queries});
    linears.put("mlp.gate_proj", new long[] {intermediate, hidden});
    linears.put("mlp.up_proj", new long[] {intermediate, hidden});
    linears.put("mlp.down_proj", new long[] {hidden, intermediate});
    return linears;
  }
}
