package org.rapidin.attribution.check;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.rapidin.attribution.TextTemplate;
import org.rapidin.attribution.check.CheckReport.Finding;
import org.rapidin.attribution.check.CheckReport.Status;

/**
 * Looks for special tokens in a template: those that the tokenizer knows, and texts that look like
 * one but are none, as when a template was made for another model.
 */
final class TemplateCheck {
  private static final String NAME = "special_tokens";

  /** {@code <|im_start|>}, {@code <s>}, {@code </s>}, {@code <start_of_turn>}, {@code [INST]}. */
  private static final Pattern LOOKS_SPECIAL =
      Pattern.compile("<\\|[^<>|\\s]{1,40}\\|>|</?[a-z_]{1,40}>|\\[/?[A-Z_]{2,20}]");

  private final String text;
  private final List<String> special;

  TemplateCheck(TextTemplate template, List<String> special) {
    this.text = template.prompt() + "\n" + template.completion();
    this.special = special;
  }

  List<Finding> findings() {
    List<String> known = special.stream().filter(text::contains).toList();
    Set<String> unknown = new LinkedHashSet<>();
    LOOKS_SPECIAL
        .matcher(text)
        .results()
        .map(match -> match.group())
        .filter(name -> !special.contains(name))
        .forEach(unknown::add);
    List<Finding> findings = new ArrayList<>();
    if (!unknown.isEmpty()) {
      findings.add(
          new Finding(
              NAME,
              Status.WARNING,
              "the template spells %s, which this model's tokenizer does not know as special tokens and reads as text; it knows %s"
                  .formatted(unknown, first(special))));
    }
    findings.add(
        new Finding(
            NAME,
            Status.PASSED,
            known.isEmpty()
                ? "the template spells no special token"
                : "the template spells the special tokens %s".formatted(known)));
    return findings;
  }

  private static String first(List<String> names) {
    int shown = 10;
    return names.size() <= shown
        ? names.toString()
        : "%s and %s more".formatted(names.subList(0, shown), names.size() - shown);
  }
}
