package org.rapidin.demo.evaluation;

/**
 * Scores dᵀ(R + λI)⁻¹q, with R = Σddᵀ/n the autocorrelation of the n documents' vectors d, the
 * empirical Fisher of LoGra and TrackStar. With the documents' products K = DDᵀ they are n(K +
 * nλI)⁻¹·Dq, so that the K × K matrix R is never formed.
 */
final class Preconditioned {
  private final Cholesky factor;
  private final double damping;
  private final double[] norms;

  /**
   * Factorizes.
   *
   * @param among the documents' products with each other
   * @param dimension numbers of a vector
   * @param damping λ next to the mean of R's eigenvalues that are not 0: LogIX takes 0.1
   */
  Preconditioned(double[][] among, int dimension, double damping) {
    double trace = 0;
    for (int i = 0; i < among.length; i++) {
      trace += among[i][i];
    }
    this.damping = damping * trace / Math.min(among.length, dimension); // nλ
    this.factor = new Cholesky(among, this.damping);
    this.norms = norms();
  }

  /** The roots of dᵀ(R + λI)⁻¹d = n(1 − nλ·((K + nλI)⁻¹)_dd). */
  private double[] norms() {
    double[] norms = factor.inverseDiagonal();
    for (int i = 0; i < norms.length; i++) {
      norms[i] = Math.sqrt(norms.length * Math.max(0, 1 - damping * norms[i]));
    }
    return norms;
  }

  /**
   * Returns the scores of all documents.
   *
   * @param products of the documents with q
   */
  double[] of(double[] products) {
    double[] scores = factor.solve(products);
    for (int i = 0; i < scores.length; i++) {
      scores[i] *= scores.length;
    }
    return scores;
  }

  /** Returns scores divided by the documents' norms in the metric, as TrackStar ranks. */
  double[] perNorm(double[] scores) {
    double[] cosines = new double[scores.length];
    for (int i = 0; i < scores.length; i++) {
      cosines[i] = scores[i] / norms[i];
    }
    return cosines;
  }
}
