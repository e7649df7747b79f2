package org.rapidin.demo.evaluation;

import java.util.Arrays;

/** Scores of documents for texts, from the inner products of all texts. */
final class Influences {
  /** What float32 leaves of a direction that others span, next to the largest. */
  private static final double NOTHING = 1e-6;

  private final double[][] gram;
  private final int documents;
  private final int dimension;

  /**
   * @param gram products of all texts, documents first
   * @param documents how many
   * @param dimension numbers of a vector
   */
  Influences(double[][] gram, int documents, int dimension) {
    this.gram = gram;
    this.documents = documents;
    this.dimension = dimension;
  }

  /** Returns the products of all documents with a text. */
  double[] of(int text) {
    return Arrays.copyOf(gram[text], documents);
  }

  /**
   * Returns the products with a text's vector q without some directions U: q − U·(UᵀU)⁻¹·Uᵀq.
   *
   * @param directions places of the texts whose vectors are left out
   */
  double[] without(int text, int[] directions) {
    double[][] among = new double[directions.length][directions.length];
    double[] products = new double[directions.length];
    double largest = 0;
    for (int i = 0; i < directions.length; i++) {
      products[i] = gram[directions[i]][text];
      largest = Math.max(largest, gram[directions[i]][directions[i]]);
      for (int j = 0; j < directions.length; j++) {
        among[i][j] = gram[directions[i]][directions[j]];
      }
    }
    double[] shares = new Cholesky(among, NOTHING * largest).solve(products);
    double[] rest = of(text);
    for (int i = 0; i < directions.length; i++) {
      for (int document = 0; document < documents; document++) {
        rest[document] -= shares[i] * gram[directions[i]][document];
      }
    }
    return rest;
  }

  /** Returns products divided by the documents' norms; their order is that of cosines. */
  double[] perNorm(double[] products) {
    double[] cosines = new double[documents];
    for (int document = 0; document < documents; document++) {
      cosines[document] = products[document] / Math.sqrt(gram[document][document]);
    }
    return cosines;
  }

  /**
   * Returns scores in the metric of the documents' damped autocorrelation.
   *
   * @param damping as for {@link Preconditioned}
   */
  Preconditioned preconditioned(double damping) {
    double[][] among = new double[documents][];
    for (int i = 0; i < documents; i++) {
      among[i] = of(i);
    }
    return new Preconditioned(among, dimension, damping);
  }
}
