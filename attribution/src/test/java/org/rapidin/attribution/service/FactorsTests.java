package org.rapidin.attribution.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.Identity;
import org.rapidin.attribution.model.torch.TestRuntime;

/**
 * A compressor may work on the factors of linear layers: it gives what the whole gradient gives.
 */
class FactorsTests extends AttributorTestCase {
  private static final int RANK = FactorProjection.RANK;

  @Test
  void projectedFactorsAreTheProjectionOfTheNormalizedGradient() throws Exception {
    AttributorSpec spec = spec("adapter", "", "parameters", "linear").with(new Identity(0));
    GradientLayout[] layout = new GradientLayout[1];
    Sample sample = new Sample("Q", " is an answer");
    try (NDManager manager = TestRuntime.get().newManager();
        Attributor exact = open(spec);
        Attributor projected =
            open(
                spec,
                model -> {
                  layout[0] = model.layout();
                  return new FactorProjection(manager, model.layout());
                })) {
      List<GradientResult> gradients = exact.documents(samples(20));
      List<GradientResult> got = projected.documents(samples(20));
      for (int i = 0; i < got.size(); i++) {
        assertArrayEquals(product(layout[0], vector(gradients.get(i))), vector(got.get(i)), 1e-4f);
      }
      QueryGradient wanted = exact.query(sample, new TokenSelection.All(), true);
      QueryGradient query = projected.query(sample, new TokenSelection.All(), true);
      assertArrayEquals(product(layout[0], wanted.vector()), query.vector(), 1e-4f);
      for (int t = 0; t < wanted.tokens().size(); t++) {
        assertArrayEquals(
            product(layout[0], wanted.tokens().get(t).vector()),
            query.tokens().get(t).vector(),
            1e-3f);
      }
    }
  }

  /** A·G·Bᵀ of every tensor, from the whole gradient. */
  private static float[] product(GradientLayout layout, float[] gradient) {
    float[] product = new float[RANK * RANK * layout.tensors().size()];
    for (int t = 0; t < layout.tensors().size(); t++) {
      List<Long> shape = layout.tensors().get(t).shape();
      int columns = Math.toIntExact(shape.get(1));
      float[] left = FactorProjection.matrix(layout, t, 0);
      float[] right = FactorProjection.matrix(layout, t, 1);
      int from = Math.toIntExact(layout.position(0, t));
      for (int i = 0; i < RANK * RANK; i++) {
        double sum = 0;
        for (int n = 0; n < shape.get(0) * columns; n++) {
          double weight =
              (double) left[i / RANK * (int) (long) shape.get(0) + n / columns]
                  * right[i % RANK * columns + n % columns];
          sum += weight * gradient[from + n];
        }
        product[t * RANK * RANK + i] = (float) sum;
      }
    }
    return product;
  }
}
