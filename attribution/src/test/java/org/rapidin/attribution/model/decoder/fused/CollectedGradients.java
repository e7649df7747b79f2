package org.rapidin.attribution.model.decoder.fused;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Keeps copies of gradients per sample, factors multiplied out. */
final class CollectedGradients implements FusedGradients {
  private final List<Map<String, float[]>> rows = new ArrayList<>();
  private final Predicate<String> wanted;

  CollectedGradients(Predicate<String> wanted) {
    this.wanted = wanted;
  }

  @Override
  public boolean wants(String parameter) {
    return wanted.test(parameter);
  }

  @Override
  public void outer(String parameter, NDArray delta, NDArray input) {
    dense(parameter, delta.transpose(0, 2, 1).matMul(input));
  }

  @Override
  public void dense(String parameter, NDArray gradients) {
    if (!wanted.test(parameter)) {
      throw new AssertionError(parameter + " is not wanted");
    }
    for (int row = 0; row < gradients.getShape().get(0); row++) {
      if (rows.size() == row) {
        rows.add(new TreeMap<>());
      }
      if (rows.get(row).put(parameter, gradients.get(row).toFloatArray()) != null) {
        throw new AssertionError(parameter + " of row " + row + " came twice");
      }
    }
  }

  /** Gradients of one sample by parameter name. */
  Map<String, float[]> row(int row) {
    return rows.isEmpty() ? Map.of() : rows.get(row);
  }

  /**
   * ‖got - wanted‖/‖wanted‖ of one parameter. A tensor whose gradient nearly cancels is measured
   * against 1 % of the whole gradient.
   */
  static double error(Map<String, float[]> wanted, Map<String, float[]> got, String parameter) {
    double whole = 0;
    for (float[] gradient : wanted.values()) {
      whole += squares(gradient, new float[gradient.length]);
    }
    float[] gradient = wanted.get(parameter);
    double difference = squares(gradient, got.get(parameter));
    double norm = Math.max(squares(gradient, new float[gradient.length]), 1e-4 * whole);
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }

  private static double squares(float[] a, float[] b) {
    if (b == null || a.length != b.length) {
      return Double.POSITIVE_INFINITY;
    }
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return sum;
  }
}
