package org.rapidin.plugin;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.StringJoiner;

/**
 * A Llama of 2 layers and 16 numbers wide, with random weights, a byte-level tokenizer and one LoRA
 * adapter: the smallest model directory that does everything a large one does.
 */
public final class TinyModel {
  /** The adapter's directory. */
  public static final String ADAPTER = "lora";

  private static final int HIDDEN = 16;
  private static final int MIDDLE = 24;
  private static final int LAYERS = 2;
  private static final int RANK = 2;
  private static final int VOCABULARY = 257;

  private TinyModel() {}

  /** Writes the model's files. The same seed gives the same bytes. */
  public static void write(Path directory, long seed) throws IOException {
    write(directory, seed, LAYERS);
  }

  /** Writes a model of more layers: each adds about half a millisecond to a pass. */
  public static void write(Path directory, long seed, int layers) throws IOException {
    Files.createDirectories(directory.resolve(ADAPTER));
    Files.writeString(directory.resolve("config.json"), config(layers));
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
    write(directory.resolve("model.safetensors"), base(layers), new Random(seed));
    Path adapter = directory.resolve(ADAPTER);
    Files.writeString(
        adapter.resolve("adapter_config.json"),
        "{\"peft_type\":\"LORA\",\"task_type\":\"CAUSAL_LM\",\"r\":"
            + RANK
            + ",\"lora_alpha\":4,\"target_modules\":[\"q_proj\",\"down_proj\"]}");
    write(adapter.resolve("adapter_model.safetensors"), lora(layers), new Random(seed + 1));
  }

  private static String config(int layers) {
    return "{\"architectures\":[\"LlamaForCausalLM\"],\"model_type\":\"llama\",\"hidden_act\":"
        + "\"silu\",\"hidden_size\":"
        + HIDDEN
        + ",\"intermediate_size\":"
        + MIDDLE
        + ",\"num_hidden_layers\":"
        + layers
        + ",\"num_attention_heads\":2,"
        + "\"num_key_value_heads\":1,\"vocab_size\":"
        + VOCABULARY
        + ",\"max_position_embeddings\":256,\"tie_word_embeddings\":true}";
  }

  private static Map<String, int[]> base(int layers) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new int[] {VOCABULARY, HIDDEN});
    for (int i = 0; i < layers; i++) {
      String layer = "model.layers." + i + ".";
      shapes.put(layer + "input_layernorm.weight", new int[] {HIDDEN});
      shapes.put(layer + "self_attn.q_proj.weight", new int[] {HIDDEN, HIDDEN});
      shapes.put(layer + "self_attn.k_proj.weight", new int[] {HIDDEN / 2, HIDDEN});
      shapes.put(layer + "self_attn.v_proj.weight", new int[] {HIDDEN / 2, HIDDEN});
      shapes.put(layer + "self_attn.o_proj.weight", new int[] {HIDDEN, HIDDEN});
      shapes.put(layer + "post_attention_layernorm.weight", new int[] {HIDDEN});
      shapes.put(layer + "mlp.gate_proj.weight", new int[] {MIDDLE, HIDDEN});
      shapes.put(layer + "mlp.up_proj.weight", new int[] {MIDDLE, HIDDEN});
      shapes.put(layer + "mlp.down_proj.weight", new int[] {HIDDEN, MIDDLE});
    }
    shapes.put("model.norm.weight", new int[] {HIDDEN});
    return shapes;
  }

  private static Map<String, int[]> lora(int layers) {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    for (int i = 0; i < layers; i++) {
      String layer = "base_model.model.model.layers." + i + ".";
      shapes.put(layer + "self_attn.q_proj.lora_A.weight", new int[] {RANK, HIDDEN});
      shapes.put(layer + "self_attn.q_proj.lora_B.weight", new int[] {HIDDEN, RANK});
      shapes.put(layer + "mlp.down_proj.lora_A.weight", new int[] {RANK, MIDDLE});
      shapes.put(layer + "mlp.down_proj.lora_B.weight", new int[] {HIDDEN, RANK});
    }
    return shapes;
  }

  private static void write(Path file, Map<String, int[]> shapes, Random random)
      throws IOException {
    StringJoiner header = new StringJoiner(",", "{", "}");
    int bytes = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      int[] shape = tensor.getValue();
      int end = bytes + 4 * size(shape);
      header.add(
          "\""
              + tensor.getKey()
              + "\":{\"dtype\":\"F32\",\"shape\":["
              + (shape.length == 1 ? "" + shape[0] : shape[0] + "," + shape[1])
              + "],\"data_offsets\":["
              + bytes
              + ","
              + end
              + "]}");
      bytes = end;
    }
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer data = ByteBuffer.allocate(8 + json.length + bytes).order(ByteOrder.LITTLE_ENDIAN);
    data.putLong(json.length).put(json);
    shapes.forEach(
        (name, shape) -> {
          for (int i = 0; i < size(shape); i++) {
            data.putFloat(name.contains("norm") ? 1 : (float) (0.2 * random.nextGaussian()));
          }
        });
    Files.write(file, data.array());
  }

  private static int size(int[] shape) {
    return shape.length == 1 ? shape[0] : shape[0] * shape[1];
  }

  /** One token per byte, and a first token. */
  private static String tokenizer() {
    StringJoiner vocabulary = new StringJoiner(",");
    vocabulary.add("\"<s>\":0");
    char spare = 256;
    for (int b = 0; b < 256; b++) {
      boolean shown = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      char symbol = shown ? (char) b : spare++;
      String escaped = symbol == '"' || symbol == '\\' ? "\\" + symbol : "" + symbol;
      vocabulary.add("\"" + escaped + "\":" + (b + 1));
    }
    return "{\"version\":\"1.0\",\"truncation\":null,\"padding\":null,\"added_tokens\":[{\"id\":0,"
        + "\"content\":\"<s>\",\"single_word\":false,\"lstrip\":false,\"rstrip\":false,"
        + "\"normalized\":false,\"special\":true}],\"normalizer\":null,\"pre_tokenizer\":{"
        + "\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":false,"
        + "\"use_regex\":true},\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{"
        + "\"SpecialToken\":{\"id\":\"<s>\",\"type_id\":0}},{\"Sequence\":{\"id\":\"A\",\"type_id\""
        + ":0}}],\"pair\":[{\"Sequence\":{\"id\":\"A\",\"type_id\":0}},{\"Sequence\":{\"id\":\"B\","
        + "\"type_id\":1}}],\"special_tokens\":{\"<s>\":{\"id\":\"<s>\",\"ids\":[0],\"tokens\":["
        + "\"<s>\"]}}},\"decoder\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,"
        + "\"trim_offsets\":true,\"use_regex\":true},\"model\":{\"type\":\"BPE\",\"dropout\":null,"
        + "\"unk_token\":null,\"continuing_subword_prefix\":null,\"end_of_word_suffix\":null,"
        + "\"fuse_unk\":false,\"byte_fallback\":false,\"vocab\":{"
        + vocabulary
        + "},\"merges\":[]}}";
  }
}
