package org.rapidin.attribution;

import java.util.Objects;

/**
 * A text whose gradient is computed: exactly what the model was given and what it said (or should
 * have said). No template is applied to it any more.
 *
 * @param prompt the text that carries no loss; may be empty if the tokenizer adds a first token
 * @param completion the text whose tokens carry the loss
 */
public record Sample(String prompt, String completion) {
  public Sample {
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(completion, "completion");
  }

  /** Characters (UTF-16 units) of prompt and completion together. */
  public long characters() {
    return (long) prompt.length() + completion.length();
  }
}
