package org.rapidin.attribution.gradient;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A sink that keeps copies, and the comparison of gradients. */
final class CollectedGradients implements TensorSink {
  private final List<Parameter> parameters;
  private final Map<Integer, Map<String, float[]>> rows = new TreeMap<>();

  CollectedGradients(List<Parameter> parameters) {
    this.parameters = parameters;
  }

  @Override
  public void accept(TensorGradient gradient) {
    new DenseRows(this::accept).accept(gradient);
  }

  private void accept(int row, int parameter, MemorySegment gradient) {
    Parameter of = parameters.get(parameter);
    float[] copy = gradient.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    if (copy.length != of.size()) {
      throw new AssertionError(of + " got a gradient of " + copy.length);
    }
    if (rows.computeIfAbsent(row, r -> new TreeMap<>()).put(of.name(), copy) != null) {
      throw new AssertionError(of + " of row " + row + " came twice");
    }
  }

  /** Gradients of one row by parameter name; every parameter must have come. */
  Map<String, float[]> row(int row) {
    Map<String, float[]> gradients = rows.get(row);
    if (gradients == null || gradients.size() != parameters.size()) {
      throw new AssertionError("row " + row + " lacks gradients");
    }
    return gradients;
  }

  int rowCount() {
    return rows.size();
  }

  /** ‖got - wanted‖/‖wanted‖; 0 if both are 0. */
  static double relativeError(double[] wanted, float[] got) {
    double difference = 0;
    double norm = 0;
    for (int i = 0; i < wanted.length; i++) {
      difference += (got[i] - wanted[i]) * (got[i] - wanted[i]);
      norm += wanted[i] * wanted[i];
    }
    return difference == 0 ? 0 : Math.sqrt(difference / norm);
  }

  static double squares(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += (double) value * value;
    }
    return sum;
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
