package org.rapidin.demo.evaluation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of figures that are measured several times: mean ± standard error in each cell. */
final class MarkdownTable {
  private final List<String> columns;
  private final Map<String, List<List<Double>>> rows = new LinkedHashMap<>();

  /**
   * @param columns names of the figures
   */
  MarkdownTable(List<String> columns) {
    this.columns = List.copyOf(columns);
  }

  /** Adds one measurement of a row. */
  void add(String row, double... figures) {
    if (figures.length != columns.size()) {
      throw new IllegalArgumentException(
          "%s figures for %s columns".formatted(figures.length, columns.size()));
    }
    List<List<Double>> cells =
        rows.computeIfAbsent(
            row, _ -> columns.stream().map(_ -> (List<Double>) new ArrayList<Double>()).toList());
    for (int i = 0; i < figures.length; i++) {
      cells.get(i).add(figures[i]);
    }
  }

  /**
   * Adds what questions gave in one training.
   *
   * @param figures questions × columns
   * @param trainings if there is only one, the standard error is that over its questions, else that
   *     over the trainings' means
   */
  void add(String row, double[][] figures, int trainings) {
    if (trainings == 1) {
      for (double[] question : figures) {
        add(row, question);
      }
      return;
    }
    double[] means = new double[columns.size()];
    for (double[] question : figures) {
      for (int i = 0; i < means.length; i++) {
        means[i] += question[i] / figures.length;
      }
    }
    add(row, means);
  }

  /** Returns the mean of a cell. */
  double mean(String row, String column) {
    return Statistics.mean(rows.get(row).get(columns.indexOf(column)));
  }

  /** Returns the names of the rows. */
  List<String> rows() {
    return List.copyOf(rows.keySet());
  }

  /** Returns the table as Markdown. */
  String text() {
    StringBuilder text = new StringBuilder("| |");
    columns.forEach(column -> text.append(' ').append(column).append(" |"));
    text.append("\n|---|").append("---|".repeat(columns.size())).append('\n');
    rows.forEach(
        (row, cells) -> {
          text.append("| ").append(row).append(" |");
          cells.forEach(cell -> text.append(' ').append(Statistics.text(cell)).append(" |"));
          text.append('\n');
        });
    return text.toString();
  }
}
