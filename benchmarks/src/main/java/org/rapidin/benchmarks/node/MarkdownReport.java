package org.rapidin.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A {@link Report} as Markdown: a list of what its head says, then tables, remarks and headings.
 */
final class MarkdownReport {
  private static final MathContext DIGITS = new MathContext(3);

  private final JsonNode report;
  private final int level;
  private final StringBuilder text = new StringBuilder();

  /**
   * @param report what {@link Report} writes as JSON
   * @param level of the sections' headings
   */
  MarkdownReport(JsonNode report, int level) {
    this.report = report;
    this.level = level;
  }

  String text() {
    report
        .properties()
        .forEach(
            field -> {
              if (field.getValue().isTextual()) {
                line("- %s: %s", field.getKey().replace('_', ' '), field.getValue().asText());
              }
            });
    List<String> columns = List.of();
    for (JsonNode row : report.path("rows")) {
      if (row.has(Report.SECTION)) {
        line("%n%s %s%n", "#".repeat(level), row.path(Report.SECTION).asText());
        columns = List.of();
      } else if (row.has(Report.NOTE)) {
        line("%s%s%n", columns.isEmpty() ? "" : "\n", row.path(Report.NOTE).asText());
        columns = List.of();
      } else {
        columns = row(row, columns);
      }
    }
    return text.toString();
  }

  /** Writes a row, below its own head if the row before had other columns. */
  private List<String> row(JsonNode row, List<String> before) {
    List<String> names = new ArrayList<>();
    List<String> values = new ArrayList<>();
    row.properties()
        .forEach(
            field -> {
              names.add(field.getKey().equals("what") ? "" : field.getKey());
              values.add(value(field.getValue()));
            });
    if (!names.equals(before)) {
      if (!before.isEmpty()) {
        line("");
      }
      line("| %s |", String.join(" | ", names));
      line("|%s", "---|".repeat(names.size()));
    }
    line("| %s |", String.join(" | ", values));
    return names;
  }

  private static String value(JsonNode value) {
    if (value.isIntegralNumber()) {
      return String.format(Locale.ROOT, "%,d", value.asLong());
    }
    if (!value.isFloatingPointNumber()) {
      return value.asText();
    }
    double number = value.asDouble();
    if (Math.abs(number) >= 1000) {
      return String.format(Locale.ROOT, "%,d", Math.round(number));
    }
    return number == 0 ? "0" : new BigDecimal(number).round(DIGITS).toPlainString();
  }

  private void line(String format, Object... arguments) {
    text.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
