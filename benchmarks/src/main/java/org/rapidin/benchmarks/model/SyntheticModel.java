package org.rapidin.benchmarks.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A model directory with random weights: its tokens are the words {@code t0}, {@code t1} and so on,
 * so that a text has exactly as many tokens as words.
 */
public record SyntheticModel(ModelShape shape) {
  /** The name of the adapter's folder. */
  public static final String ADAPTER = "lora";

  private static final List<String> TARGETS =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  /**
   * Writes the model's directory, unless it is there.
   *
   * @param models folder of models
   * @return the model's directory
   */
  public Path writeTo(Path models) throws IOException {
    Path model = models.resolve(shape.id());
    if (Files.exists(model.resolve("config.json"))) {
      return model;
    }
    Path adapter = Files.createDirectories(model.resolve(ADAPTER));
    RandomSafetensors weights = new RandomSafetensors(shape.elementType(), 1);
    weights.write(model.resolve("model.safetensors"), shape.tensors());
    weights.write(adapter.resolve("adapter_model.safetensors"), shape.adapterTensors());
    Files.writeString(adapter.resolve("adapter_config.json"), adapterConfig().toString());
    Files.writeString(model.resolve("tokenizer.json"), tokenizer().toString());
    // Last, because it marks a complete directory.
    Files.writeString(model.resolve("config.json"), config().toString());
    return model;
  }

  /** A text of so many random tokens. */
  public String text(Random random, int tokens) {
    return IntStream.range(0, tokens)
        .mapToObj(i -> "t" + random.nextInt(1, shape.vocabulary()))
        .collect(Collectors.joining(" "));
  }

  /** A document with the fields {@code p} and {@code c}; a quarter of its tokens is the prompt. */
  public String document(Random random, int tokens) {
    ObjectNode document = new ObjectMapper().createObjectNode();
    document.put("p", text(random, tokens / 4));
    document.put("c", text(random, tokens - tokens / 4));
    return document.toString();
  }

  private ObjectNode config() {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("model_type", "llama");
    config.put("hidden_size", shape.hidden());
    config.put("num_hidden_layers", shape.layers());
    config.put("num_attention_heads", shape.heads());
    config.put("num_key_value_heads", shape.keyValueHeads());
    config.put("intermediate_size", shape.intermediate());
    config.put("vocab_size", shape.vocabulary());
    config.put("max_position_embeddings", 2048);
    config.put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10_000.0);
    config.put("tie_word_embeddings", true);
    config.put("hidden_act", "silu");
    config.put("torch_dtype", shape.elementType().equals("F16") ? "float16" : "bfloat16");
    return config;
  }

  private static ObjectNode adapterConfig() {
    ObjectNode config = new ObjectMapper().createObjectNode();
    config.put("peft_type", "LORA").put("task_type", "CAUSAL_LM");
    config.put("r", ModelShape.RANK).put("lora_alpha", 2 * ModelShape.RANK);
    config.put("lora_dropout", 0.0).put("bias", "none");
    config.put("fan_in_fan_out", false).put("inference_mode", true);
    config.put("base_model_name_or_path", "synthetic");
    TARGETS.forEach(config.putArray("target_modules")::add);
    return config;
  }

  private ObjectNode tokenizer() {
    ObjectNode tokenizer = new ObjectMapper().createObjectNode();
    tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
    tokenizer.putArray("added_tokens");
    tokenizer.putNull("normalizer");
    tokenizer.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    tokenizer.putNull("post_processor").putNull("decoder");
    ObjectNode words = tokenizer.putObject("model").put("type", "WordLevel").put("unk_token", "t0");
    ObjectNode vocabulary = words.putObject("vocab");
    IntStream.range(0, shape.vocabulary()).forEach(i -> vocabulary.put("t" + i, i));
    return tokenizer;
  }
}
