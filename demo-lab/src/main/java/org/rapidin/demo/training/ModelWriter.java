package org.rapidin.demo.training;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.rapidin.attribution.model.decoder.LoraConfig;
import org.rapidin.demo.training.SafetensorsWriter.Precision;

/** Writes the demo's model as a Hugging Face directory with PEFT adapters below it. */
final class ModelWriter {
  private static final int RANK = 8;
  private static final double ALPHA = 16;
  private static final List<String> ADAPTED =
      List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

  /** The adapter, on all seven linear layers. */
  static final LoraConfig LORA = new LoraConfig(RANK, ALPHA, false, ADAPTED);

  /**
   * The shape of a Llama.
   *
   * @param middle width of the feed-forward networks
   */
  record Shape(int hidden, int layers, int heads, int middle) {
    /** About 0.9 million parameters. */
    static final Shape DEMO = new Shape(128, 4, 4, 352);

    /** About 60,000 parameters. */
    static final Shape TINY = new Shape(32, 2, 2, 88);
  }

  private final ObjectMapper json = new ObjectMapper();
  private final Path directory;
  private final Shape shape;

  ModelWriter(Path directory, Shape shape) throws IOException {
    this.directory = Files.createDirectories(directory);
    this.shape = shape;
  }

  /** The model's directory. */
  Path directory() {
    return directory;
  }

  /**
   * Writes config.json.
   *
   * @param positions the longest sequence, in tokens
   */
  void config(int vocabulary, long endToken, int positions) throws IOException {
    ObjectNode config = json.createObjectNode().put("model_type", "llama");
    config.putArray("architectures").add("LlamaForCausalLM");
    config.put("hidden_size", shape.hidden()).put("intermediate_size", shape.middle());
    config.put("num_hidden_layers", shape.layers()).put("num_attention_heads", shape.heads());
    config.put("num_key_value_heads", shape.heads()).put("vocab_size", vocabulary);
    config.put("max_position_embeddings", positions).put("rms_norm_eps", 1e-5);
    config.put("rope_theta", 10000.0).put("hidden_act", "silu");
    config.put("tie_word_embeddings", false).put("attention_bias", false).put("mlp_bias", false);
    config.put("eos_token_id", endToken).put("torch_dtype", "float16");
    write(directory.resolve("config.json"), config);
  }

  /**
   * Writes model.safetensors in half precision; the fine-tuning starts from the rounded weights.
   */
  void base(Map<String, NDArray> parameters) throws IOException {
    SafetensorsWriter.write(directory.resolve("model.safetensors"), parameters, Precision.F16);
  }

  /** Writes the weights as they are. */
  void exact(Map<String, NDArray> parameters) throws IOException {
    SafetensorsWriter.write(directory.resolve("model.safetensors"), parameters, Precision.F32);
  }

  /** Writes an adapter's configuration and its matrices in float32. */
  void adapter(String name, Map<String, NDArray> parameters) throws IOException {
    Path adapter = Files.createDirectories(directory.resolve(name));
    ObjectNode config = json.createObjectNode().put("peft_type", "LORA");
    config.put("task_type", "CAUSAL_LM").put("base_model_name_or_path", "demo");
    config.put("r", RANK).put("lora_alpha", ALPHA).put("lora_dropout", 0.0);
    config.put("bias", "none").put("inference_mode", true);
    var targets = config.putArray("target_modules");
    ADAPTED.forEach(targets::add);
    write(adapter.resolve("adapter_config.json"), config);
    SafetensorsWriter.write(
        adapter.resolve("adapter_model.safetensors"), parameters, Precision.F32);
  }

  private void write(Path file, ObjectNode content) throws IOException {
    Files.writeString(file, content.toPrettyString() + "\n");
  }
}
