package org.rapidin.attribution;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a training document's fields become prompt and completion: {@code {{field}}} stands for a
 * field's text, everything else for itself.
 *
 * @param prompt template of the text that carries no loss
 * @param completion template of the text that carries the loss
 */
public record TextTemplate(String prompt, String completion) {
  private static final Pattern FIELD = Pattern.compile("\\{\\{\\s*([A-Za-z0-9_.@-]+)\\s*}}");

  public TextTemplate {
    Objects.requireNonNull(prompt, "template.prompt");
    Objects.requireNonNull(completion, "template.completion");
    if (!FIELD.matcher(completion).find()) {
      throw new IllegalArgumentException(
          "template.completion names no field: write {{field}} where the document's text goes");
    }
  }

  /** Names of the fields that the template reads, in order of appearance. */
  public Set<String> fields() {
    Set<String> names = new LinkedHashSet<>();
    FIELD.matcher(prompt).results().forEach(match -> names.add(match.group(1)));
    FIELD.matcher(completion).results().forEach(match -> names.add(match.group(1)));
    return names;
  }

  /**
   * Fills in a document.
   *
   * @param field text of a field, or null where the document has none
   * @throws IllegalArgumentException if a field of the template is absent; names it
   */
  public Sample render(Function<String, String> field) {
    return new Sample(fill(prompt, field), fill(completion, field));
  }

  private static String fill(String template, Function<String, String> field) {
    Matcher matcher = FIELD.matcher(template);
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      String value = field.apply(matcher.group(1));
      if (value == null) {
        throw new IllegalArgumentException(
            "field [" + matcher.group(1) + "] of the attributor's template is missing");
      }
      matcher.appendReplacement(text, Matcher.quoteReplacement(value));
    }
    return matcher.appendTail(text).toString();
  }
}
