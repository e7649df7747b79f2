package org.rapidin.attribution.model.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The smallest Llama directory that does everything a large one does: some thousand random numbers,
 * one token per byte after a first {@code <s>}, but {@code is} is one token. Adapters {@code one}
 * and {@code two} are random, {@code dead} is zero and so has a zero gradient, {@code narrow}
 * adapts fewer modules.
 */
public final class TinyModelDirectory {
  /** The name of the directory that {@link #write(Path)} writes. */
  public static final String MODEL = "tiny";

  /** An adapter of the model. */
  public static final String ADAPTER = "one";

  /** The longest sequence that the model takes. */
  public static final int CONTEXT = 256;

  private static final int LAYERS = 2;
  private static final int HIDDEN = 16;
  private static final int MIDDLE = 24;
  private static final int VOCABULARY = 258;
  private static final int RANK = 2;

  private TinyModelDirectory() {}

  /** Writes the model {@value #MODEL} into a directory below the root. */
  public static void write(Path root) throws IOException {
    write(root.resolve(MODEL), 1, LAYERS);
  }

  /** Writes a model's directory. The same seed gives the same bytes. */
  public static void write(Path directory, long seed) throws IOException {
    write(directory, seed, LAYERS);
  }

  /** Writes a model of more layers: each adds about half a millisecond to a pass. */
  public static void write(Path directory, long seed, int layers) throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
         "hidden_size": %s, "intermediate_size": %s, "num_hidden_layers": %s,
         "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": %s,
         "max_position_embeddings": %s, "tie_word_embeddings": false}
        """
            .formatted(HIDDEN, MIDDLE, layers, VOCABULARY, CONTEXT));
    Files.writeString(directory.resolve("tokenizer.json"), tokenizer());
    SplittableRandom random = new SplittableRandom(seed);
    writeTensors(directory.resolve("model.safetensors"), base(layers), random, 1);
    writeAdapter(directory.resolve(ADAPTER), random, layers, 1, "q_proj", "v_proj");
    writeAdapter(directory.resolve("two"), random, layers, 1, "q_proj", "v_proj");
    writeAdapter(directory.resolve("dead"), random, layers, 0, "q_proj", "v_proj");
    writeAdapter(directory.resolve("narrow"), random, layers, 1, "q_proj");
  }

  /** Changes the embedding of a character to NaN. */
  public static void embedAsNan(Path directory, char character) throws IOException {
    Path file = directory.resolve("model.safetensors");
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    // The embedding is the first tensor.
    long header = bytes.getLong(0);
    bytes.position(Math.toIntExact(Long.BYTES + header) + Float.BYTES * HIDDEN * (1 + character));
    for (int i = 0; i < HIDDEN; i++) {
      bytes.putFloat(Float.NaN);
    }
    Files.write(file, bytes.array());
  }

  private static String tokenizer() {
    String[] symbols = symbols();
    String vocabulary =
        IntStream.range(0, symbols.length)
            .mapToObj(b -> "\"%s\": %s".formatted(symbols[b], 1 + b))
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
     "model": {"type": "BPE", "vocab": {"<s>": 0, %s, "is": %s}, "merges": ["i s"]}}
    """
        .formatted(vocabulary, VOCABULARY - 1);
  }

  /** How byte-level tokenizers spell each byte: visible ones as they are, the others from Ā on. */
  private static String[] symbols() {
    String[] symbols = new String[256];
    char spare = 256;
    for (int b = 0; b < 256; b++) {
      boolean visible = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
      String symbol = String.valueOf(visible ? (char) b : spare++);
      symbols[b] = symbol.equals("\"") || symbol.equals("\\") ? "\\" + symbol : symbol;
    }
    return symbols;
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
    shapes.put("lm_head.weight", new int[] {VOCABULARY, HIDDEN});
    return shapes;
  }

  private static void writeAdapter(
      Path directory, SplittableRandom random, int layers, float scale, String... modules)
      throws IOException {
    Files.createDirectories(directory);
    Files.writeString(
        directory.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": %s, "lora_alpha": 4,
         "target_modules": ["%s"]}
        """
            .formatted(RANK, String.join("\", \"", modules)));
    Map<String, int[]> shapes = new LinkedHashMap<>();
    for (int i = 0; i < layers; i++) {
      for (String module : modules) {
        String name = "base_model.model.model.layers." + i + ".self_attn." + module;
        int out = module.equals("q_proj") ? HIDDEN : HIDDEN / 2;
        shapes.put(name + ".lora_A.weight", new int[] {RANK, HIDDEN});
        shapes.put(name + ".lora_B.weight", new int[] {out, RANK});
      }
    }
    writeTensors(directory.resolve("adapter_model.safetensors"), shapes, random, scale);
  }

  private static void writeTensors(
      Path file, Map<String, int[]> shapes, SplittableRandom random, float scale)
      throws IOException {
    StringJoiner header = new StringJoiner(",", "{", "}");
    int end = 0;
    for (Map.Entry<String, int[]> tensor : shapes.entrySet()) {
      int begin = end;
      end += Float.BYTES * Arrays.stream(tensor.getValue()).reduce(1, Math::multiplyExact);
      String shape = Arrays.toString(tensor.getValue());
      header.add(SafetensorsBytes.entry(tensor.getKey(), "F32", shape, begin, end));
    }
    ByteBuffer data = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
    while (data.hasRemaining()) {
      data.putFloat(scale * 0.3f * (float) random.nextGaussian());
    }
    Files.write(file, SafetensorsBytes.of(header.toString(), data.array()));
  }
}
