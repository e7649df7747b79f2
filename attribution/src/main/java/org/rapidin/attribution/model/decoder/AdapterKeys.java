package org.rapidin.attribution.model.decoder;

import java.util.LinkedHashMap;
import java.util.Map;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * Keys of PEFT's {@code adapter_config.json} that {@link LoraConfig} does not read: those that have
 * no part in a logit, each with the reason, and those that do, each with what they change. Every
 * other key is refused as unknown.
 */
final class AdapterKeys {
  private static final Map<String, String> HARMLESS = harmless();
  private static final Map<String, String> MEANINGS = meanings();

  private AdapterKeys() {}

  /**
   * Refuses every key that was not read and is not harmless, all of them at once.
   *
   * @throws IllegalArgumentException that names them and what they change
   */
  static void refuseOthers(JsonObject config) {
    config.refuseUnknown(HARMLESS, MEANINGS);
  }

  private static Map<String, String> harmless() {
    Map<String, String> keys = new LinkedHashMap<>();
    String origin = "where the adapter comes from";
    put(keys, origin, "auto_mapping", "base_model_name_or_path", "revision", "peft_version");
    put(keys, origin, "unsloth_version", "unsloth_fixed", "model_name", "base_model_class");
    put(keys, "in effect while training only", "inference_mode", "lora_dropout");
    put(keys, "options of an initialization", "loftq_config", "eva_config", "corda_config");
    put(keys, "options of an initialization", "lora_ga_config", "ensure_weight_tying");
    put(keys, "PEFT sets it by the kind of the layer", "fan_in_fan_out");
    put(keys, "names a module; megatron_config decides", "megatron_core");
    put(keys, "use_qalora decides", "qalora_group_size");
    return keys;
  }

  private static Map<String, String> meanings() {
    Map<String, String> keys = new LinkedHashMap<>();
    put(keys, "replaces whole modules by trained copies", "modules_to_save");
    put(keys, "replaces rows of the embedding", "trainable_token_indices");
    put(keys, "repeats layers of the base model", "layer_replication");
    put(keys, "adapts parameters that are not linear layers", "target_parameters");
    put(keys, "divides by the norms of the adapted weights", "use_dora");
    put(keys, "groups the inputs of A", "use_qalora");
    put(keys, "adds a bias to B", "lora_bias");
    put(keys, "adapts only what follows certain tokens", "alora_invocation_tokens");
    put(keys, "splits layers between devices", "megatron_config");
    put(keys, "mixes several adapters", "arrow_config", "use_bdlora");
    return keys;
  }

  private static void put(Map<String, String> keys, String reason, String... names) {
    for (String name : names) {
      keys.put(name, reason);
    }
  }
}
