package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.demo.evaluation.Question.Kind;
import org.rapidin.demo.generation.Generation;

/**
 * Facts as DATE-LM scores them: the documents that teach the fact of a correct answer are its
 * positives; Recall@50 is the share of them among the first 50, MRR one over the best one's rank.
 */
final class Facts implements EvaluationProtocol {
  private static final int DEPTH = 50;

  /** Documents that teach a fact. */
  private static final int TAUGHT = 4;

  @Override
  public String name() {
    return "facts";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    lab.prepareAll(sets);
    MarkdownTable table = new MarkdownTable(List.of("Recall@" + DEPTH, "MRR", "Recall@" + TAUGHT));
    for (DemoSet set : sets) {
      List<boolean[]> positives = positives(set);
      for (VectorMethod method : lab.methods()) {
        double[][] scores = Ranker.of(lab, set, method).scores(Kind.FACT, Correction.NONE);
        table.add(method.name(), figures(scores, positives), sets.size());
      }
      table.add("BM25", figures(bm25(set), positives), sets.size());
    }
    return """
        Facts of the demo (not the benchmark's own data): correct answers to questions in words that the training did not contain, %s with the first seed; each fact is taught by 4 of %s documents.

        %s"""
        .formatted(
            sets.getFirst().facts().size(), sets.getFirst().documents().size(), table.text());
  }

  private static double[][] bm25(DemoSet set) throws IOException {
    try (Bm25Ranking bm25 = Bm25Ranking.of(set)) {
      List<double[]> scores = new ArrayList<>();
      for (Generation fact : set.facts()) {
        scores.add(bm25.scores(fact.instruction() + " " + fact.completion()));
      }
      return scores.toArray(double[][]::new);
    }
  }

  /** Returns Recall@50, MRR and Recall@4 of each question with positives. */
  private static double[][] figures(double[][] scores, List<boolean[]> positives) {
    List<double[]> figures = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      int[] order = Rankings.order(scores[i]);
      double all = count(order, positives.get(i), order.length);
      if (all > 0) {
        int best = 0;
        while (!positives.get(i)[order[best]]) {
          best++;
        }
        figures.add(
            new double[] {
              count(order, positives.get(i), DEPTH) / all,
              1.0 / (best + 1),
              count(order, positives.get(i), TAUGHT) / all
            });
      }
    }
    return figures.toArray(double[][]::new);
  }

  private static int count(int[] order, boolean[] positives, int depth) {
    int count = 0;
    for (int rank = 0; rank < Math.min(depth, order.length); rank++) {
      count += positives[order[rank]] ? 1 : 0;
    }
    return count;
  }

  /** Finds the documents of each fact. */
  private static List<boolean[]> positives(DemoSet set) {
    List<boolean[]> all = new ArrayList<>();
    for (Generation fact : set.facts()) {
      List<String> taught = set.teaching(fact);
      boolean[] positives = new boolean[set.documents().size()];
      for (int i = 0; i < positives.length; i++) {
        positives[i] = taught.contains(set.documents().get(i).instruction());
      }
      all.add(positives);
    }
    return all;
  }
}
