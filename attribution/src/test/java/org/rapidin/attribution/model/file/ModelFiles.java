package org.rapidin.attribution.model.file;

import ai.djl.ndarray.NDArray;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.StringJoiner;

/** Writes a small model's files, so that their reading can be tested. */
public final class ModelFiles {
  public static final String CONFIG =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 8,
       "intermediate_size": 10, "num_hidden_layers": 2, "num_attention_heads": 4,
       "num_key_value_heads": 2, "head_dim": 4, "vocab_size": 13, "rope_theta": 30,
       "max_position_embeddings": 64, "rms_norm_eps": 1e-5}""";
  public static final String LORA_CONFIG =
      """
      {"peft_type": "LORA", "r": 3, "lora_alpha": 5, "use_rslora": true, "bias": "none",
       "target_modules": ["q_proj", "o_proj", "down_proj"], "task_type": "CAUSAL_LM"}""";

  private ModelFiles() {}

  /** The tensors of the given names, in one safetensors file. */
  public static void write(
      Path file, Map<String, NDArray> tensors, Collection<String> names, TensorType type)
      throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    StringJoiner header = new StringJoiner(",", "{", "}");
    for (String name : names) {
      NDArray array = tensors.get(name);
      int begin = data.size();
      data.writeBytes(encode(array.toFloatArray(), type));
      String shape = Arrays.toString(array.getShape().getShape());
      header.add(SafetensorsBytes.entry(name, type.name(), shape, begin, data.size()));
    }
    Files.write(file, SafetensorsBytes.of(header.toString(), data.toByteArray()));
  }

  private static byte[] encode(float[] values, TensorType type) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      switch (type) {
        case F32 -> bytes.putFloat(value);
        case F16 -> bytes.putShort(Float.floatToFloat16(value));
        case BF16 -> bytes.putShort((short) (Float.floatToRawIntBits(value) >> 16));
        default -> throw new IllegalArgumentException(type + " is no type of weights");
      }
    }
    return bytes.array();
  }
}
