package org.rapidin.demo.evaluation;

import java.util.List;
import java.util.Locale;

/** What {@link Backdoor} fills: auPRC by method, correction and depth. */
final class BackdoorTables {
  /** As in RapidIn's table 4. */
  private static final List<Integer> DEPTHS = List.of(5, 10, 50, 100);

  private static final double GOAL = 0.8;
  private static final int GOAL_DEPTH = 50;
  private static final List<String> CORRECTIONS =
      List.of(Correction.values()).stream().map(Correction::title).toList();

  private final int trainings;

  /** The depths of most tables. */
  final List<Integer> depths;

  /** The depth of those that compare corrections. */
  final int goalDepth;

  final MarkdownTable first;
  final MarkdownTable whole;
  final MarkdownTable corrected = new MarkdownTable(CORRECTIONS);
  final MarkdownTable firstCheckpoint = new MarkdownTable(CORRECTIONS);
  final MarkdownTable atDepths;
  final MarkdownTable checkpoints;

  /**
   * @param documents at least 10; depths are half of it at most
   */
  BackdoorTables(int trainings, int documents) {
    this.trainings = trainings;
    depths = DEPTHS.stream().filter(depth -> 2 * depth <= documents).toList();
    goalDepth = depths.stream().filter(depth -> depth <= GOAL_DEPTH).toList().getLast();
    List<String> columns = depths.stream().map(depth -> "@" + depth).toList();
    first = new MarkdownTable(columns);
    whole = new MarkdownTable(columns);
    atDepths = new MarkdownTable(columns);
    checkpoints =
        new MarkdownTable(List.of("first words @" + goalDepth, "whole generation @" + goalDepth));
  }

  /**
   * Adds one ranking's row of a table with a column a depth.
   *
   * @param scores generations × documents
   */
  void addAreas(MarkdownTable table, String row, double[][] scores, DemoSet set) {
    table.add(row, Ranker.auPrc(scores, set.poisoned(), depths), trainings);
  }

  /**
   * Adds a row of a table with a column a ranking, all at {@link #goalDepth}.
   *
   * @param rankings of each column, generations × documents
   */
  void addCorrected(MarkdownTable table, String row, List<double[][]> rankings, DemoSet set) {
    double[][] areas = new double[rankings.getFirst().length][rankings.size()];
    for (int column = 0; column < rankings.size(); column++) {
      double[][] ofColumn = Ranker.auPrc(rankings.get(column), set.poisoned(), List.of(goalDepth));
      for (int question = 0; question < areas.length; question++) {
        areas[question][column] = ofColumn[question][0];
      }
    }
    table.add(row, areas, trainings);
  }

  /** Returns all tables as Markdown. */
  String text(List<DemoSet> sets) {
    return """
        %s, %s documents, %s triggered generations each; auPRC ± standard error over the %s.

        Query: the generation's first three words.

        %s
        Query: the whole generation.

        %s
        The whole generation @%s, corrected, all checkpoints:

        %s
        The same with the first checkpoint alone:

        %s
        Whole generation, corrected, at all depths:

        %s
        One checkpoint alone, as it is:

        %s
        %s"""
        .formatted(
            trainings == 1 ? "One training" : "%s trainings".formatted(trainings),
            sets.getFirst().documents().size(),
            sets.getFirst().triggered().size(),
            trainings == 1 ? "generations" : "trainings",
            first.text(),
            whole.text(),
            goalDepth,
            corrected.text(),
            firstCheckpoint.text(),
            atDepths.text(),
            checkpoints.text(),
            goal());
  }

  /** Says whether the whole generation reaches the goal, and by what. */
  private String goal() {
    String best = "";
    double most = 0;
    for (MarkdownTable table : List.of(corrected, firstCheckpoint)) {
      for (String row : table.rows()) {
        for (String column : CORRECTIONS) {
          if (table.mean(row, column) > most) {
            most = table.mean(row, column);
            best = row + ", " + column;
          }
        }
      }
    }
    return String.format(
        Locale.ROOT,
        "Goal for the whole generation: at least %.1f @%d. %s: the best of both tables is %s, %.3f.%n",
        GOAL,
        goalDepth,
        most >= GOAL ? "Reached" : "Missed",
        best,
        most);
  }
}
