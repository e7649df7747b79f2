package org.rapidin.attribution.fitted;

/**
 * How much the covariance of an evaluation sample counts, so that about as many directions as
 * wanted are those of the evaluation sample's largest eigenvalues.
 */
public final class EvaluationWeight {
  /** What rounding may leave of an eigenvalue that is 0, of the largest. */
  private static final double ROUNDING = 1e-12;

  private EvaluationWeight() {}

  /**
   * Returns the λ of R = λ·R_evaluation + (1 − λ)·R_train for which the k-th largest eigenvalues of
   * both count the same: λ·σ_evaluation = (1 − λ)·σ_train.
   *
   * @param train eigenvalues, the largest first
   * @param evaluation as many eigenvalues, the largest first
   * @param components k, at least 1
   * @throws IllegalArgumentException if there are fewer eigenvalues, or the k-th of either is 0
   * @see <a href="https://arxiv.org/abs/2410.17413">TrackStar, section 3</a>
   */
  public static double of(double[] train, double[] evaluation, int components) {
    if (components < 1 || components > train.length) {
      throw new IllegalArgumentException(
          "evaluation.components must be 1 to %s, the numbers of a vector, got %s"
              .formatted(train.length, components));
    }
    double ofTrain = eigenvalue("first", train, components);
    double ofEvaluation = eigenvalue("evaluation", evaluation, components);
    return ofTrain / (ofTrain + ofEvaluation);
  }

  private static double eigenvalue(String sample, double[] sorted, int components) {
    double value = sorted[components - 1];
    if (!(value > ROUNDING * sorted[0])) {
      throw new IllegalArgumentException(
          "eigenvalue %s of the %s sample is 0: its vectors have fewer directions; use a larger sample, fewer evaluation.components, or give evaluation.weight"
              .formatted(components, sample));
    }
    return value;
  }
}
