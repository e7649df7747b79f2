package org.rapidin.demo.evaluation;

import java.io.IOException;
import java.util.List;
import org.rapidin.demo.evaluation.Question.Kind;

/** One method's scores of a set's documents. */
final class Ranker {
  /** λ next to the mean eigenvalue: LogIX's default. */
  static final double DAMPING = 0.1;

  private final DemoSet set;
  private final boolean cosine;
  private final Influences influences;
  private Preconditioned fisher;

  /**
   * @param weights of the checkpoints; of any length for a method that mixes them
   */
  Ranker(DemoSet set, VectorMethod method, GramMatrix gram, double... weights) {
    this.set = set;
    this.cosine = method.cosine();
    double[][] products = method.parts() == 1 ? gram.whole() : gram.weighted(weights);
    this.influences = new Influences(products, set.documents().size(), gram.dimension());
  }

  Influences influences() {
    return influences;
  }

  Preconditioned fisher() {
    if (fisher == null) {
      fisher = influences.preconditioned(DAMPING);
    }
    return fisher;
  }

  double[] scaled(double[] products) {
    return cosine ? influences.perNorm(products) : products;
  }

  int[] cleanAnswers() {
    return set.places(Kind.CLEAN_ANSWER);
  }

  int[] sameAnswers(int generation) {
    return set.sameAnswers(generation);
  }

  /** Returns the scores for all questions of a kind: generations × documents. */
  double[][] scores(Kind kind, Correction correction) {
    int[] places = set.places(kind);
    double[][] scores = new double[places.length][];
    for (int i = 0; i < places.length; i++) {
      scores[i] = correction.scores(this, places[i], i);
    }
    return scores;
  }

  /** Returns a method's influences with all checkpoints at weight 1. */
  static Ranker of(Laboratory lab, DemoSet set, VectorMethod method) throws IOException {
    return new Ranker(set, method, lab.gram(set, method), 1, 1, 1);
  }

  /** Returns the auPRC of each question at each depth: questions × depths. */
  static double[][] auPrc(double[][] scores, boolean[] poisoned, List<Integer> depths) {
    double[][] areas = new double[scores.length][depths.size()];
    for (int i = 0; i < scores.length; i++) {
      for (int d = 0; d < depths.size(); d++) {
        areas[i][d] = RankingQuality.of(scores[i], poisoned, depths.get(d)).auPrc();
      }
    }
    return areas;
  }

  /** Returns the mean auPRC at one depth. */
  static double auPrc(double[][] scores, boolean[] poisoned, int depth) {
    double sum = 0;
    for (double[] one : auPrc(scores, poisoned, List.of(depth))) {
      sum += one[0];
    }
    return sum / scores.length;
  }
}
