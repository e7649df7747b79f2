package org.rapidin.attribution.service;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A model directory of a few thousand random numbers: one token per ASCII character after a first
 * {@code <s>}, but {@code is} is one token. Adapters {@code one} and {@code two} are random, {@code
 * dead} is zero and so has a zero gradient, {@code narrow} adapts fewer modules. {@code ~} is
 * embedded as NaN.
 */
final class TinyModelDirectory {
  static final String MODEL = "tiny";
  static final int CONTEXT = 64;
  private static final int HIDDEN = 16;
  private static final int MIDDLE = 24;
  private static final int VOCABULARY = 100;
  private static final int RANK = 2;

  private TinyModelDirectory() {}

  /** Writes the model into a directory below the root. */
  static void write(Path root) throws IOException {
    Path directory = Files.createDirectories(root.resolve(MODEL));
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": %d,
         "intermediate_size": %d, "num_hidden_layers": 2, "num_attention_heads": 2,
         "num_key_value_heads": 1, "vocab_size": %d, "max_position_embeddings": %d}
        """
            .formatted(HIDDEN, MIDDLE, VOCABULARY, CONTEXT));
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
    writeTensors(directory.resolve("model.safetensors"), baseShapes(), new SplittableRandom(1), 1);
    writeAdapter(directory.resolve("one"), 2, 1, "q_proj", "v_proj");
    writeAdapter(directory.resolve("two"), 3, 1, "q_proj", "v_proj");
    writeAdapter(directory.resolve("dead"), 4, 0, "q_proj", "v_proj");
    writeAdapter(directory.resolve("narrow"), 5, 1, "q_proj");
  }

  private static String tokenizer() {
    String vocabulary =
        IntStream.range(' ', 127)
            .mapToObj(c -> "\"%s\": %d".formatted(escaped((char) c), 1 + c - ' '))
            .collect(Collectors.joining(", "));
    return """
    {"version": "1.0",
     "added_tokens": [{"id": 0, "content": "<s>", "special": true, "single_word": false,
       "lstrip": false, "rstrip": false, "normalized": false}],
     "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false,
       "use_regex": false},
     "post_processor": {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
         {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}},
         {"Sequence": {"id": "B", "type_id": 0}}],
       "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
     "model": {"type": "BPE", "vocab": {"<s>": 0, %s, "is": 96}, "merges": ["i s"]}}
    """
        .formatted(vocabulary);
  }

  /** As byte-level tokenizers spell a character: a space is Ġ. */
  private static String escaped(char c) {
    return switch (c) {
      case ' ' -> "Ġ";
      case '"', '\\' -> "\\" + c;
      default -> String.valueOf(c);
    };
  }

  private static Map<String, int[]> baseShapes() {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new int[] {VOCABULARY, HIDDEN});
    for (int i = 0; i < 2; i++) {
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
    shapes.put("lm_head.weight", new int[] {VOCABULARY, HIDDEN});
    return shapes;
  }

  private static void writeAdapter(Path directory, long seed, float scale, String... modules)
      throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": %d, "lora_alpha": 4,
         "target_modules": ["%s"]}
        """
            .formatted(RANK, String.join("\", \"", modules)));
    Map<String, int[]> shapes = new LinkedHashMap<>();
    for (int i = 0; i < 2; i++) {
      for (String module : modules) {
        String name = "base_model.model.model.layers." + i + ".self_attn." + module;
        int out = module.equals("q_proj") ? HIDDEN : HIDDEN / 2;
        shapes.put(name + ".lora_A.weight", new int[] {RANK, HIDDEN});
        shapes.put(name + ".lora_B.weight", new int[] {out, RANK});
      }
    }
    Path file = directory.resolve("adapter_model.safetensors");
    writeTensors(file, shapes, new SplittableRandom(seed), scale);
  }

  private static void writeTensors(
      Path file, Map<String, int[]> shapes, SplittableRandom random, float scale)
      throws IOException {
    StringBuilder header = new StringBuilder("{");
    int end = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      int start = end;
      end += 4 * Arrays.stream(tensor.getValue()).reduce(1, Math::multiplyExact);
      header.append(
          "%s\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]}"
              .formatted(
                  start == 0 ? "" : ",",
                  tensor.getKey(),
                  Arrays.toString(tensor.getValue()),
                  start,
                  end));
    }
    byte[] json = header.append("}").toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(json.length).put(json);
    int nan = 1 + '~' - ' ';
    for (int i = 0; i < end / 4; i++) {
      boolean embedsNan = shapes.containsKey("lm_head.weight") && i / HIDDEN == nan;
      bytes.putFloat(embedsNan ? Float.NaN : scale * 0.3f * (float) random.nextGaussian());
    }
    Files.write(file, bytes.array());
  }
}
