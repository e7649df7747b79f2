package org.rapidin.demo.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDManager;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.rapidin.attribution.compression.Block;
import org.rapidin.attribution.compression.GradientLayout;
import org.rapidin.attribution.compression.GradientLayout.Tensor;
import org.rapidin.demo.DemoFiles;

class TwoSidedErrorTests {
  private static final int OUTPUTS = 4;
  private static final int INPUTS = 3;
  private static final int DRAWS = 400_000;

  private final Random random = new Random(1);

  @Test
  void isTheVarianceOfRandomProjections() {
    float[] u = gaussian(OUTPUTS * INPUTS);
    float[] v = gaussian(OUTPUTS * INPUTS);
    for (Block block : List.of(new Block(2, 2), new Block(1, INPUTS), new Block(OUTPUTS, 1))) {
      assertEquals(1, observed(block, u, v) / theory(block, u, v), 0.05, block.toString());
    }
  }

  @Test
  void isZeroWithoutAProjection() {
    float[] u = gaussian(OUTPUTS * INPUTS);
    assertEquals(0, theory(new Block(OUTPUTS, INPUTS), u, u));
  }

  private static double theory(Block block, float[] u, float[] v) {
    Tensor tensor = new Tensor("layer.weight", List.of((long) OUTPUTS, (long) INPUTS), true);
    GradientLayout layout = new GradientLayout(List.of(tensor), 1);
    try (NDManager manager = DemoFiles.startTorch(1).newManager()) {
      return new TwoSidedError(layout, List.of(block))
          .variance(TwoSidedError.Sums.of(manager, layout, u, v));
    }
  }

  /** The mean squared error over projections. */
  private double observed(Block block, float[] u, float[] v) {
    double right = 0;
    for (int i = 0; i < u.length; i++) {
      right += (double) u[i] * v[i];
    }
    double squares = 0;
    for (int draw = 0; draw < DRAWS; draw++) {
      double[][] a = projection(block.outputs(), OUTPUTS);
      double[][] b = projection(block.inputs(), INPUTS);
      double estimate = 0;
      for (double[] row : a) {
        for (double[] column : b) {
          estimate += projected(u, row, column) * projected(v, row, column);
        }
      }
      squares += (estimate - right) * (estimate - right);
    }
    return squares / DRAWS;
  }

  /** Gaussian rows of variance 1/k; the unit matrix if nothing is projected. */
  private double[][] projection(int kept, int width) {
    double[][] rows = new double[kept][width];
    for (int i = 0; i < kept; i++) {
      for (int j = 0; j < width; j++) {
        rows[i][j] = kept == width ? (i == j ? 1 : 0) : random.nextGaussian() / Math.sqrt(kept);
      }
    }
    return rows;
  }

  private static double projected(float[] matrix, double[] row, double[] column) {
    double sum = 0;
    for (int i = 0; i < row.length; i++) {
      for (int j = 0; j < column.length; j++) {
        sum += row[i] * matrix[i * column.length + j] * column[j];
      }
    }
    return sum;
  }

  private float[] gaussian(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
