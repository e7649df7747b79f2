package org.rapidin.attribution;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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
    Set<String> names = fields(prompt);
    names.addAll(fields(completion));
    return names;
  }

  /** Names of the fields that the completion reads, in order of appearance; at least one. */
  public Set<String> completionFields() {
    return fields(completion);
  }

  private static Set<String> fields(String template) {
    Set<String> names = new LinkedHashSet<>();
    FIELD.matcher(template).results().forEach(match -> names.add(match.group(1)));
    return names;
  }

  /**
   * Fills in a document. What is beyond the limit is left out without being copied.
   *
   * @param limit of what is read
   * @param field text of a field, or null where the document has none
   * @return a sample that is clipped as by {@link TextLimit#clip}
   * @throws IllegalArgumentException if a field of the template is absent; names it
   */
  public Sample render(TextLimit limit, Function<String, String> field) {
    Rendering rendering = new Rendering(field);
    String first = rendering.fill(prompt, limit.promptCharacters());
    String second = rendering.fill(completion, limit.completionCharacters(first));
    return new Sample(first, second, rendering.fieldText);
  }

  /** Prompt and completion in the making. */
  private static final class Rendering {
    private final Function<String, String> field;
    private final List<TextRange> fieldText = new ArrayList<>();
    private int offset;

    Rendering(Function<String, String> field) {
      this.field = field;
    }

    String fill(String template, int characters) {
      Matcher matcher = FIELD.matcher(template);
      StringBuilder text = new StringBuilder();
      int end = 0;
      while (matcher.find()) {
        append(text, template.substring(end, matcher.start()), characters);
        int start = offset + text.length();
        append(text, value(matcher.group(1)), characters);
        if (offset + text.length() > start) {
          fieldText.add(new TextRange(start, offset + text.length()));
        }
        end = matcher.end();
      }
      append(text, template.substring(end), characters);
      offset += text.length();
      return text.toString();
    }

    private String value(String name) {
      String value = field.apply(name);
      if (value == null) {
        throw new IllegalArgumentException(
            "field [%s] of the attributor's template is missing".formatted(name));
      }
      return value;
    }

    private static void append(StringBuilder text, String more, int characters) {
      text.append(TextLimit.start(more, Math.max(0, characters - text.length())));
    }
  }
}
