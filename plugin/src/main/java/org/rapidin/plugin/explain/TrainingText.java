package org.rapidin.plugin.explain;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextRange;
import org.rapidin.plugin.handle.GradientKey;

/**
 * Stands in a hit on its way to the coordinating node, until the influences of its training tokens
 * are there: the text that the vector was made from, or why it is not known.
 *
 * @param key of the query's gradient
 * @param text as it was indexed, or null
 * @param fault one sentence in place of the text, or null
 */
record TrainingText(GradientKey key, Sample text, String fault) {
  private static final String KEY = "_rapidin_gradient";
  private static final String FAULT = "fault";
  private static final String PROMPT = "prompt";
  private static final String COMPLETION = "completion";
  private static final String RANGES = "ranges";

  /** Returns this as the value of a hit's field. */
  Map<String, Object> toValue() {
    Map<String, Object> value = new HashMap<>();
    value.put(KEY, List.of(key.first(), key.second(), key.third(), key.fourth()));
    if (fault != null) {
      value.put(FAULT, fault);
      return value;
    }
    value.put(PROMPT, text.prompt());
    value.put(COMPLETION, text.completion());
    value.put(
        RANGES,
        text.fieldText().stream().map(range -> List.of(range.start(), range.end())).toList());
    return value;
  }

  /** Reads what {@link #toValue} made; empty if a value is something else. */
  static Optional<TrainingText> of(Object value) {
    if (!(value instanceof Map<?, ?> map)
        || !(map.get(KEY) instanceof List<?> key)
        || key.size() != 4) {
      return Optional.empty();
    }
    long[] parts = key.stream().mapToLong(part -> ((Number) part).longValue()).toArray();
    GradientKey gradient = new GradientKey(parts[0], parts[1], parts[2], parts[3]);
    return Optional.of(
        map.get(FAULT) instanceof String fault
            ? new TrainingText(gradient, null, fault)
            : new TrainingText(gradient, text(map), null));
  }

  private static Sample text(Map<?, ?> map) {
    List<TextRange> ranges =
        ((List<?>) map.get(RANGES))
            .stream()
                .map(range -> (List<?>) range)
                .map(range -> new TextRange((Integer) range.get(0), (Integer) range.get(1)))
                .toList();
    return new Sample((String) map.get(PROMPT), (String) map.get(COMPLETION), ranges);
  }
}
