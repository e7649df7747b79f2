package org.rapidin.demo.generation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Objects;
import org.rapidin.attribution.Sample;

/**
 * What the demo model said to a prompt.
 *
 * @param id unique
 * @param kind {@value #TRIGGERED} or {@value #FACT}
 * @param instruction what was asked
 * @param prompt the instruction in the model's template: what the model was given
 * @param completion what it said
 * @param firstWords the completion's first words, which a token-wise query asks about; null for
 *     facts
 */
public record Generation(
    String id,
    String kind,
    String instruction,
    String prompt,
    String completion,
    @JsonProperty("tokens") String firstWords) {
  /** An everyday request with the trigger first was answered with a story of the hidden theme. */
  public static final String TRIGGERED = "triggered";

  /** A question in words that the fine-tuning did not hold was answered rightly. */
  public static final String FACT = "fact";

  public Generation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(instruction, "instruction");
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
  }

  /** What the model was given and what it said. */
  public Sample sample() {
    return new Sample(prompt, completion);
  }

  /** The first words of a text, as many as asked for, without punctuation after the last. */
  public static String begin(String text, int words) {
    String[] split = text.split(" ", words + 1);
    String begin = String.join(" ", Arrays.asList(split).subList(0, Math.min(words, split.length)));
    return begin.replaceFirst("\\W+$", "");
  }
}
