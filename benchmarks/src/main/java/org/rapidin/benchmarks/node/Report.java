package org.rapidin.benchmarks.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/**
 * Rows of figures, printed as aligned text while they are measured and written as JSON at the end,
 * with the machine's load before and after.
 */
public final class Report {
  private static final int WIDTH = 12;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Fields of the objects in "rows" that are no rows of figures. */
  static final String NOTE = "note", SECTION = "section";

  private final PrintStream out;
  private final ObjectNode report = JSON.createObjectNode();
  private final ArrayNode rows;
  private String columns = "";

  /**
   * @param out where rows are printed
   * @param name of the benchmark
   */
  public Report(PrintStream out, String name) throws IOException {
    this.out = out;
    report.put("benchmark", name);
    report.put("load_before", load());
    this.rows = report.putArray("rows");
  }

  /** Prints and keeps something about the whole report, such as the machine. */
  public void head(String name, String value) {
    report.put(name, value);
    say("%s: %s".formatted(name, value));
  }

  /** Prints a remark. */
  public void say(String remark) {
    out.println(remark);
    out.flush();
  }

  /** Prints and keeps a remark. */
  public void note(String text) {
    rows.addObject().put(NOTE, text);
    say(text);
  }

  /** Begins a section. */
  public void section(String title) {
    rows.addObject().put(SECTION, title);
    columns = "";
    say("");
    say(title);
  }

  /** A new row, to be filled and given to {@link #add}. */
  public ObjectNode row(String what) {
    return JSON.createObjectNode().put("what", what);
  }

  /** Prints a row, after a line of column names where they differ from the row before. */
  public void add(ObjectNode row) {
    rows.add(row);
    StringBuilder names = new StringBuilder();
    StringBuilder values = new StringBuilder();
    for (Iterator<Map.Entry<String, JsonNode>> fields = row.fields(); fields.hasNext(); ) {
      Map.Entry<String, JsonNode> field = fields.next();
      int width = field.getKey().equals("what") ? -24 : Math.max(WIDTH, field.getKey().length());
      names.append("%%%ds ".formatted(width).formatted(field.getKey()));
      values.append("%%%ds ".formatted(width).formatted(text(field.getValue())));
    }
    if (!columns.contentEquals(names)) {
      columns = names.toString();
      out.println(columns);
    }
    out.println(values);
    out.flush();
  }

  private static String text(JsonNode value) {
    if (!value.isFloatingPointNumber()) {
      return value.asText();
    }
    double number = value.asDouble();
    boolean tiny = number != 0 && Math.abs(number) < 0.001;
    return String.format(Locale.ROOT, tiny ? "%.1e" : "%.2f", number);
  }

  /**
   * Ends the report.
   *
   * @param file for the JSON, or null for none
   */
  public void finish(Path file) throws IOException {
    report.put("load_after", load());
    out.printf(
        "load before: %s, after: %s%n",
        report.path("load_before").asText(), report.path("load_after").asText());
    if (file != null) {
      Files.writeString(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(report));
    }
  }

  /** How many rows, remarks and headings there are so far. */
  public int size() {
    return rows.size();
  }

  /**
   * Returns what was added since then as Markdown, below the whole head.
   *
   * @param level of the sections' headings
   * @param since {@link #size()} then
   */
  public String markdown(int level, int since) throws IOException {
    ObjectNode part = report.deepCopy().put("load_after", load());
    for (int i = 0; i < since; i++) {
      ((ArrayNode) part.path("rows")).remove(0);
    }
    return new MarkdownReport(part, level).text();
  }

  private static String load() throws IOException {
    Path file = Path.of("/proc/loadavg");
    return Files.exists(file) ? Files.readString(file).strip() : "unknown";
  }
}
