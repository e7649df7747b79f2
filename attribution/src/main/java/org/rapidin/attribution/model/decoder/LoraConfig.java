package org.rapidin.attribution.model.decoder;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.rapidin.attribution.model.file.JsonObject;

/**
 * A LoRA adapter as a PEFT adapter_config.json describes it. Immutable.
 *
 * <p>A module's rank and alpha are those of the first pattern that fits its name, else the common
 * ones; a pattern fits the end of a name, as in PEFT.
 */
public final class LoraConfig {
  private static final int MAX_RANK = 1 << 16;

  private final int rank;
  private final double alpha;
  private final boolean rankStabilized;
  private final ModuleTargets targets;
  private final Map<String, Integer> rankPattern;
  private final Map<String, Double> alphaPattern;

  private LoraConfig(
      int rank,
      double alpha,
      boolean rankStabilized,
      ModuleTargets targets,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern) {
    this.rank = requireRank("r", rank);
    this.alpha = alpha;
    this.rankStabilized = rankStabilized;
    this.targets = targets;
    this.rankPattern = new LinkedHashMap<>(rankPattern);
    this.alphaPattern = new LinkedHashMap<>(alphaPattern);
    rankPattern.forEach((pattern, own) -> requireRank("rank_pattern [%s]".formatted(pattern), own));
    if (!(alpha > 0)) {
      throw new IllegalArgumentException("lora_alpha must be more than 0, got %s".formatted(alpha));
    }
  }

  /**
   * An adapter with one rank and alpha for all modules.
   *
   * @param rank r, the inner width
   * @param alpha numerator of the scale
   * @param rankStabilized whether the scale is alpha/√r (rsLoRA) and not alpha/r
   * @param modules last parts of the names of the adapted modules, or only {@code all-linear}
   */
  public LoraConfig(int rank, double alpha, boolean rankStabilized, List<String> modules) {
    this(rank, alpha, rankStabilized, ModuleTargets.named(modules), Map.of(), Map.of());
  }

  /**
   * Interprets an adapter_config.json.
   *
   * @throws IllegalArgumentException if it is malformed, or keys change numbers in a way that is
   *     not implemented; names them and what they change
   */
  public static LoraConfig parse(JsonObject json) {
    json.only("peft_type", "LORA");
    json.only("task_type", "CAUSAL_LM");
    json.onlyBecause("bias", "other values train biases of the base model", "none");
    json.onlyBecause(
        "init_lora_weights",
        "other initializations change the base weights, too; PEFT can convert such an adapter (path_initial_model_for_weight_conversion)",
        true,
        false,
        "gaussian",
        "orthogonal",
        "eva");
    LoraConfig config =
        new LoraConfig(
            json.positiveInt("r", 8),
            json.positive("lora_alpha", 8),
            json.flag("use_rslora", false),
            ModuleTargets.parse(json),
            json.has("rank_pattern") ? json.positiveInts("rank_pattern") : Map.of(),
            json.has("alpha_pattern") ? json.positives("alpha_pattern") : Map.of());
    AdapterKeys.refuseOthers(json);
    return config;
  }

  /** The inner width of a module's matrices. */
  public int rank(String module) {
    return forModule(module, "rank_pattern", rankPattern, rank);
  }

  /** What the product B·A of a module is multiplied with. */
  public double scale(String module) {
    double numerator = forModule(module, "alpha_pattern", alphaPattern, alpha);
    int width = rank(module);
    return rankStabilized ? numerator / Math.sqrt(width) : numerator / width;
  }

  private static <T> T forModule(String module, String key, Map<String, T> patterns, T common) {
    for (Map.Entry<String, T> entry : patterns.entrySet()) {
      if (new NamePattern(key, "(?:.*\\.)?(?:" + entry.getKey() + ")").matches(module)) {
        return entry.getValue();
      }
    }
    return common;
  }

  /**
   * Names of the adapted modules of a model, in forward order.
   *
   * @throws IllegalArgumentException if the targets fit no linear layer below the head, or fit the
   *     head or the embedding
   */
  public List<String> modules(ModelLayout model) {
    return targets.of(
        model.linears().stream().map(ParameterShape::module).toList(),
        Stream.concat(model.inputTables().stream(), Stream.of(model.head()))
            .map(table -> table.substring(0, table.lastIndexOf('.')))
            .toList(),
        model.adapterTargets());
  }

  private static int requireRank(String what, int rank) {
    if (rank < 1 || rank > MAX_RANK) {
      throw new IllegalArgumentException(
          "LoRA rank %s must be 1 to %s, got %s".formatted(what, MAX_RANK, rank));
    }
    return rank;
  }
}
