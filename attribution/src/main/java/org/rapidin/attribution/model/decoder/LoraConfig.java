package org.rapidin.attribution.model.decoder;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * What a PEFT adapter_config.json says of a LoRA adapter.
 *
 * @param rank r, the inner width
 * @param alpha numerator of the scale
 * @param rankStabilized whether the scale is alpha/√r (rsLoRA) and not alpha/r
 * @param targetModules last parts of the names of the adapted modules, or only {@code all-linear}
 */
public record LoraConfig(
    int rank, double alpha, boolean rankStabilized, List<String> targetModules) {
  private static final String ALL_LINEAR = "all-linear";

  /** Keys that say nothing about the adapted model's logits. */
  private static final Set<String> HARMLESS =
      Set.of(
          "auto_mapping",
          "base_model_name_or_path",
          "inference_mode",
          "lora_dropout", // off outside training
          "megatron_core",
          "peft_version",
          "qalora_group_size", // use_qalora decides
          "revision");

  public LoraConfig {
    targetModules = List.copyOf(targetModules);
    if (rank < 1 || rank > 1 << 16) {
      throw new IllegalArgumentException("LoRA rank must be 1 to 65536, got " + rank);
    }
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("lora_alpha must be more than 0, got " + alpha);
    }
    if (targetModules.isEmpty()) {
      throw new IllegalArgumentException("target_modules is empty");
    }
  }

  /**
   * Interprets an adapter_config.json.
   *
   * @throws IllegalArgumentException if it is malformed or asks for something that is not known
   *     here; names the key
   */
  public static LoraConfig parse(JsonObject json) {
    json.only("peft_type", "LORA");
    json.only("task_type", "CAUSAL_LM");
    json.only("bias", "none");
    json.only("use_dora", false);
    json.only("fan_in_fan_out", false);
    // pissa, olora and others change the base weights too
    json.only("init_lora_weights", true, false, "gaussian");
    LoraConfig config =
        new LoraConfig(
            json.positiveInt("r"),
            json.positive("lora_alpha", 8),
            json.flag("use_rslora", false),
            targets(json));
    json.refuseUnknown(HARMLESS);
    return config;
  }

  private static List<String> targets(JsonObject json) {
    if (!json.isText("target_modules")) {
      return json.texts("target_modules");
    }
    json.only("target_modules", ALL_LINEAR); // any other string would be a pattern
    return List.of(ALL_LINEAR);
  }

  /** What the product B·A is multiplied with. */
  public double scale() {
    return rankStabilized ? alpha / Math.sqrt(rank) : alpha / rank;
  }

  /**
   * Names of the adapted modules of a model, in forward order.
   *
   * @throws IllegalArgumentException if a target names no linear layer below the head
   */
  public List<String> modules(ModelLayout model) {
    List<String> linears = model.linears().stream().map(ParameterShape::module).toList();
    if (targetModules.equals(List.of(ALL_LINEAR))) {
      return linears;
    }
    for (String target : targetModules) {
      if (linears.stream().noneMatch(linear -> isTarget(linear, target))) {
        throw new IllegalArgumentException(
            "target_modules: [" + target + "] is none of the model's linear layers");
      }
    }
    List<String> modules = new ArrayList<>(linears);
    modules.removeIf(
        linear -> targetModules.stream().noneMatch(target -> isTarget(linear, target)));
    return modules;
  }

  private static boolean isTarget(String module, String target) {
    return module.equals(target) || module.endsWith("." + target);
  }
}
