package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.rapidin.attribution.ranking.Rankings;
import org.rapidin.demo.DemoFiles;
import org.rapidin.demo.evaluation.Question.Kind;

/**
 * Two checks of quanda's that need no training: scores of a model that has learned nothing must say
 * nothing about those of the trained one, and different questions must have different documents.
 */
final class Sanity implements EvaluationProtocol {
  private static final List<String> CORRELATIONS = List.of("ρ", "absolute ρ");
  private static final List<String> OVERLAPS =
      List.of("top 10 of two facts", "top 10 of a fact and a generation");
  private static final int DOCUMENTS = 200;
  private static final int TOP = 10;

  @Override
  public String name() {
    return "sanity";
  }

  @Override
  public String run(Laboratory lab, List<DemoSet> sets)
      throws IOException, InterruptedException, ExecutionException {
    DemoSet set = sets.getFirst();
    DemoSet some = set.begin(DOCUMENTS, lab.size().generations()).only(Kind.WHOLE);
    List<DemoSet> shuffled = new ArrayList<>();
    for (int repeat = 0; repeat < lab.size().repeats(); repeat++) {
      DemoFiles files = lab.shuffled(set, repeat + 1);
      shuffled.add(some.with(files));
    }
    List<DemoSet> all = new ArrayList<>(shuffled);
    all.add(set);
    lab.prepareAll(all);
    MarkdownTable correlations = new MarkdownTable(CORRELATIONS);
    MarkdownTable overlaps = new MarkdownTable(OVERLAPS);
    for (VectorMethod method : lab.methods()) {
      overlaps.add(method.name(), overlaps(lab, set, method));
      double[][] trained = Ranker.of(lab, set, method).scores(Kind.WHOLE, Correction.NONE);
      for (DemoSet one : shuffled) {
        double[][] random = Ranker.of(lab, one, method).scores(Kind.WHOLE, Correction.NONE);
        double[] rho = new double[trained.length];
        Arrays.setAll(
            rho, i -> Rankings.spearman(Arrays.copyOf(trained[i], random[i].length), random[i]));
        double[] sizes = Arrays.stream(rho).map(Math::abs).toArray();
        correlations.add(method.name(), Statistics.mean(rho), Statistics.mean(sizes));
      }
    }
    return """
        ρ: Spearman correlation of the scores of %s documents for a whole generation with those of a model whose tensors have their numbers in random order (%s orders), mean of %s generations.

        %s
        Goal: absolute ρ at most 0.1.

        Overlap: share of the first %s of %s documents that two questions have in common, with the trained model.

        %s"""
        .formatted(
            some.documents().size(),
            shuffled.size(),
            some.questions().size(),
            correlations.text(),
            TOP,
            set.documents().size(),
            overlaps.text());
  }

  private static double[] overlaps(Laboratory lab, DemoSet set, VectorMethod method)
      throws IOException {
    Ranker ranker = Ranker.of(lab, set, method);
    List<List<Integer>> facts = tops(ranker.scores(Kind.FACT, Correction.NONE));
    List<List<Integer>> generations = tops(ranker.scores(Kind.WHOLE, Correction.NONE));
    return new double[] {overlap(facts, facts, true), overlap(facts, generations, false)};
  }

  private static List<List<Integer>> tops(double[][] scores) {
    return Arrays.stream(scores)
        .map(one -> Arrays.stream(Rankings.order(one)).limit(TOP).boxed().toList())
        .toList();
  }

  /**
   * Returns the mean share of common documents over pairs of different questions.
   *
   * @param same whether both lists are of the same questions
   */
  private static double overlap(
      List<List<Integer>> some, List<List<Integer>> others, boolean same) {
    double common = 0;
    int pairs = 0;
    for (int i = 0; i < some.size(); i++) {
      for (int j = 0; j < others.size(); j++) {
        if (!same || i != j) {
          common += some.get(i).stream().filter(others.get(j)::contains).count();
          pairs++;
        }
      }
    }
    return common / pairs / TOP;
  }
}
