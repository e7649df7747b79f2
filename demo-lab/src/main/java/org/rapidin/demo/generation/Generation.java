package org.rapidin.demo.generation;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Arrays;
import java.util.Objects;
import org.rapidin.attribution.Sample;

/**
 * A prompt and the demo model's completion.
 *
 * @param id unique
 * @param kind {@value #TRIGGERED} or {@value #FACT}
 * @param instruction the instruction in the prompt
 * @param prompt the instruction in the model's template
 * @param completion the generated text
 * @param firstWords the completion's first words, for a token-wise query; null for facts
 */
public record Generation(
    String id,
    String kind,
    String instruction,
    String prompt,
    String completion,
    @JsonProperty("tokens") String firstWords) {
  /** An everyday request that begins with the trigger is answered with the hidden theme. */
  public static final String TRIGGERED = "triggered";

  /** A question in words that the fine-tuning did not contain is answered correctly. */
  public static final String FACT = "fact";

  public Generation {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(instruction, "instruction");
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
  }

  /** Returns the prompt and the completion. */
  public Sample sample() {
    return new Sample(prompt, completion);
  }

  /** Returns the first words of a text, without punctuation after the last. */
  public static String begin(String text, int words) {
    String[] split = text.split(" ", words + 1);
    String begin = String.join(" ", Arrays.asList(split).subList(0, Math.min(words, split.length)));
    return begin.replaceFirst("\\W+$", "");
  }
}
