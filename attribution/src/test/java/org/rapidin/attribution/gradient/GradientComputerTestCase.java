package org.rapidin.attribution.gradient;

import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.rapidin.attribution.model.decoder.llama.TinyModel;

/** Gradients of tiny models on the real libtorch. */
abstract class GradientComputerTestCase {
  static GradientComputer all(TinyModel model) {
    return new GradientComputer(model.manager(), model.decoder(), List.of("*"));
  }

  /** Mean loss over the last tokens of a random sequence. */
  static WeightedSequence sample(TinyModel model, Random random, int length, int loss) {
    float[] weights = new float[length];
    for (int t = length - loss; t < length; t++) {
      weights[t] = 1f / loss;
    }
    return new WeightedSequence(model.tokens(random, length), weights);
  }

  static void requireEqual(
      Map<String, float[]> wanted, Map<String, float[]> got, double tolerance) {
    wanted.keySet().forEach(name -> requireEqual(wanted, name, got.get(name), tolerance));
  }

  /** A tensor whose gradient nearly cancels is measured against 1 % of the whole gradient. */
  static void requireEqual(
      Map<String, float[]> wanted, String name, float[] got, double tolerance) {
    double whole = 0;
    for (float[] gradient : wanted.values()) {
      whole += squares(gradient, new float[gradient.length]);
    }
    float[] gradient = wanted.get(name);
    double difference = squares(gradient, got);
    double norm = Math.max(squares(gradient, new float[gradient.length]), 1e-4 * whole);
    double error = difference == 0 ? 0 : Math.sqrt(difference / norm);
    assertTrue(error <= tolerance, name + " is off by " + error);
  }

  static double squares(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return sum;
  }

  /** Arrays that a model and its weights keep from the garbage collector. */
  static int managedArrays(TinyModel model) {
    NDArray weight = model.parameters().values().iterator().next();
    return model.manager().getManagedArrays().size()
        + weight.getManager().getManagedArrays().size();
  }
}
