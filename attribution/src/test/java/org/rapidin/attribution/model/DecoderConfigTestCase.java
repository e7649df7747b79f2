package org.rapidin.attribution.model;

import java.nio.charset.StandardCharsets;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.llama.LlamaConfig;
import org.rapidin.attribution.model.file.JsonObject;

/** A config.json of Llama's with the fewest keys. */
abstract class DecoderConfigTestCase {
  static final String LEAST =
      """
      {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32,
       "intermediate_size": 56, "num_hidden_layers": 2, "num_attention_heads": 4,
       "vocab_size": 96""";

  static LlamaConfig parse(String more) {
    return (LlamaConfig) parseWhole(LEAST + more + "}");
  }

  static DecoderConfig parseWhole(String json) {
    return DecoderFamilies.parse(
        JsonObject.parse("config.json", json.getBytes(StandardCharsets.UTF_8)));
  }
}
