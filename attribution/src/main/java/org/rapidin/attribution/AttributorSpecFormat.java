package org.rapidin.attribution;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.rapidin.attribution.AttributorSpec.Checkpoint;
import org.rapidin.attribution.AttributorSpec.Normalization;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.AttributorSpec.SpecialTokens;
import org.rapidin.attribution.compression.Compression;
import org.rapidin.attribution.spec.SpecObject;

/**
 * The JSON form of an {@link AttributorSpec}, as maps, lists, strings and numbers.
 *
 * <ul>
 *   <li><b>model</b> string
 *   <li><b>adapter</b> string, short for one checkpoint of weight 1; or <b>checkpoints</b> list of
 *       {@code {"adapter": string, "weight": number, default 1}}; or neither
 *   <li><b>parameters</b> string or list of strings; default {@code adapter} where there are
 *       checkpoints, else {@code linear}
 *   <li><b>template</b> {@code {"prompt": string, default "", "completion": string}}
 *   <li><b>special_tokens</b> {@code auto} (default) or {@code everywhere}
 *   <li><b>max_tokens</b> whole number, default 512
 *   <li><b>normalization</b> {@code layer} or {@code none}; default {@code layer} where the
 *       compression takes it
 *   <li><b>compression</b> see {@link Compression}
 *   <li><b>similarity</b> {@code dot_product} (default) or {@code cosine}
 *   <li><b>score_scale</b> number, more than 0; absent: derived
 * </ul>
 */
public final class AttributorSpecFormat {

  private AttributorSpecFormat() {}

  /**
   * Reads the JSON form.
   *
   * @throws IllegalArgumentException if a key is unknown or missing, a value has the wrong type or
   *     is out of range; names it and what is allowed
   */
  public static AttributorSpec fromMap(Map<String, Object> map) {
    SpecObject spec =
        new SpecObject(
            "",
            map,
            "model",
            "adapter",
            "checkpoints",
            "parameters",
            "template",
            "special_tokens",
            "max_tokens",
            "normalization",
            Compression.KEY,
            "similarity",
            "score_scale");
    SpecObject template = spec.object("template", "prompt", "completion");
    List<Checkpoint> checkpoints = checkpoints(spec);
    Compression compression = Compression.read(map);
    Normalization otherwise =
        compression.takesNormalization() ? Normalization.LAYER : Normalization.NONE;
    return new AttributorSpec(
        spec.string("model"),
        checkpoints,
        parameters(spec, checkpoints.isEmpty() ? "linear" : "adapter"),
        new TextTemplate(template.string("prompt", ""), template.string("completion")),
        oneOf(spec, "special_tokens", SpecialTokens.AUTO, SpecialTokens.values()),
        spec.smallInteger("max_tokens", 512),
        oneOf(spec, "normalization", otherwise, Normalization.values()),
        compression,
        oneOf(spec, "similarity", Similarity.DOT_PRODUCT, Similarity.values()),
        scoreScale(spec));
  }

  /**
   * Writes the JSON form with defaults written out, keys always in the same order. {@link #fromMap}
   * makes an equal spec of it. The defaults of {@code special_tokens} and of some options of
   * {@linkplain Compression#toMap methods} are left out, so that attributors from before there were
   * those keys keep their fingerprints.
   */
  public static Map<String, Object> toMap(AttributorSpec spec) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("model", spec.model());
    putCheckpoints(map, spec.checkpoints());
    List<String> parameters = spec.parameters();
    map.put("parameters", parameters.size() == 1 ? parameters.getFirst() : parameters);
    Map<String, Object> template = new LinkedHashMap<>();
    template.put("prompt", spec.template().prompt());
    template.put("completion", spec.template().completion());
    map.put("template", template);
    if (spec.specialTokens() != SpecialTokens.AUTO) {
      map.put("special_tokens", lower(spec.specialTokens()));
    }
    map.put("max_tokens", spec.maxTokens());
    map.put("normalization", lower(spec.normalization()));
    map.put(Compression.KEY, spec.compression().toMap());
    map.put("similarity", lower(spec.similarity()));
    if (spec.scoreScale() > 0) {
      map.put("score_scale", spec.scoreScale());
    }
    return map;
  }

  private static void putCheckpoints(Map<String, Object> map, List<Checkpoint> checkpoints) {
    if (checkpoints.size() == 1 && checkpoints.getFirst().weight() == 1) {
      map.put("adapter", checkpoints.getFirst().adapter());
    } else if (!checkpoints.isEmpty()) {
      List<Map<String, Object>> list = new ArrayList<>();
      for (Checkpoint checkpoint : checkpoints) {
        Map<String, Object> entry = new LinkedHashMap<>();
        entry.put("adapter", checkpoint.adapter());
        entry.put("weight", checkpoint.weight());
        list.add(entry);
      }
      map.put("checkpoints", list);
    }
  }

  private static List<Checkpoint> checkpoints(SpecObject spec) {
    if (spec.has("adapter") && spec.has("checkpoints")) {
      throw new IllegalArgumentException(
          "the attributor has both [adapter] and [checkpoints]: [adapter] is short for one checkpoint of weight 1, give one of them");
    }
    if (spec.has("adapter")) {
      return List.of(new Checkpoint(spec.string("adapter"), 1));
    }
    List<Checkpoint> checkpoints = new ArrayList<>();
    for (Object value : spec.list("checkpoints")) {
      String path = "checkpoints[" + checkpoints.size() + "]";
      SpecObject entry = SpecObject.object(path, value, "adapter", "weight");
      checkpoints.add(new Checkpoint(entry.string("adapter"), entry.number("weight", 1)));
    }
    return checkpoints;
  }

  private static List<String> parameters(SpecObject spec, String otherwise) {
    if (spec.values().get("parameters") instanceof List<?> list) {
      return list.stream().map(value -> SpecObject.string("parameters", value)).toList();
    }
    return List.of(spec.string("parameters", otherwise));
  }

  private static double scoreScale(SpecObject spec) {
    double scale = spec.number("score_scale", 0);
    if (spec.has("score_scale") && !(scale > 0)) {
      throw new IllegalArgumentException(
          "score_scale must be more than 0, got %s".formatted(scale));
    }
    return scale;
  }

  private static <E extends Enum<E>> E oneOf(SpecObject spec, String key, E otherwise, E[] all) {
    String name = spec.string(key, lower(otherwise));
    List<String> names = Arrays.stream(all).map(AttributorSpecFormat::lower).toList();
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "%s must be one of %s, got [%s]".formatted(spec.named(key), names, name));
    }
    return all[names.indexOf(name)];
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
