package org.rapidin.attribution.fitted;

import java.util.List;
import org.rapidin.attribution.compression.VectorPart;

/** The oracle of {@link Covariance}: full matrices, and Gauss's elimination, in float64. */
public final class PlainCovariance {
  private final List<VectorPart> parts;
  private final double damping;
  private final double[][][] matrices;

  /** Begins with zero. */
  public PlainCovariance(List<VectorPart> parts, double damping) {
    this.parts = parts;
    this.damping = damping;
    this.matrices =
        parts.stream()
            .map(part -> new double[part.numbers()][part.numbers()])
            .toArray(double[][][]::new);
  }

  /** Adds weight · mean of g·gᵀ. */
  public PlainCovariance add(List<float[]> vectors, double weight) {
    int from = 0;
    for (double[][] matrix : matrices) {
      for (float[] vector : vectors) {
        for (int i = 0; i < matrix.length; i++) {
          for (int j = 0; j < matrix.length; j++) {
            matrix[i][j] += weight * vector[from + i] * vector[from + j] / vectors.size();
          }
        }
      }
      from += matrix.length;
    }
    return this;
  }

  /** Returns (R + damping · mean eigenvalue · I)^-1·q, of each part. */
  public double[] solve(float[] query) {
    double[] result = new double[query.length];
    int from = 0;
    for (int p = 0; p < parts.size(); p++) {
      int n = parts.get(p).numbers();
      double trace = 0;
      for (int i = 0; i < n; i++) {
        trace += matrices[p][i][i];
      }
      double[][] system = new double[n][n + 1];
      for (int i = 0; i < n; i++) {
        System.arraycopy(matrices[p][i], 0, system[i], 0, n);
        system[i][i] += damping * trace / n;
        system[i][n] = query[from + i];
      }
      System.arraycopy(eliminate(system), 0, result, from, n);
      from += n;
    }
    return result;
  }

  /** With the largest pivot of each column; rows are of A and b. */
  private static double[] eliminate(double[][] rows) {
    int n = rows.length;
    for (int column = 0; column < n; column++) {
      int best = column;
      for (int row = column + 1; row < n; row++) {
        if (Math.abs(rows[row][column]) > Math.abs(rows[best][column])) {
          best = row;
        }
      }
      double[] pivot = rows[best];
      rows[best] = rows[column];
      rows[column] = pivot;
      for (int row = 0; row < n; row++) {
        double factor = rows[row][column] / pivot[column];
        for (int k = column; row != column && k <= n; k++) {
          rows[row][k] -= factor * pivot[k];
        }
      }
    }
    double[] x = new double[n];
    for (int i = 0; i < n; i++) {
      x[i] = rows[i][n] / rows[i][i];
    }
    return x;
  }
}
