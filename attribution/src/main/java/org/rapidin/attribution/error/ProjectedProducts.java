package org.rapidin.attribution.error;

/**
 * Products of the projected gradients of one layer, U_c and V_c [k_o, k_i] at each checkpoint c,
 * from which the variance of Σ⟨U_c, V_c⟩ follows.
 *
 * <p>For Gaussian projections of variance 1/k, E[(Σ⟨U_c, V_c⟩)²] is a sum of nine products of the
 * gradients before they are projected: those that join the four factors U_c, V_c, U_c', V_c' in
 * pairs, in one of three ways by their outputs (U_cV_c and U_c'V_c' = OWN, U_cU_c' and V_cV_c' =
 * SAME, U_cV_c' and V_cU_c' = OTHER), and in one of three by their inputs. A projection of one side
 * to k numbers adds 1/k of the two other ways to each, so the matrix of that map is I + (J − I)/k,
 * and its inverse, applied to the products of the projected gradients on both sides, estimates
 * those of the gradients without bias. The square of the influence minus the estimate of its own
 * square is the variance. Random signs have a little less.
 */
final class ProjectedProducts {
  private final ProjectedLayer layer;
  private final double[][] u;
  private final double[][] v;
  private final Runnable check;

  /**
   * Copies the numbers of a layer.
   *
   * @param stride numbers of a checkpoint
   * @param check is called between pairs of checkpoints; stops by throwing
   */
  ProjectedProducts(
      ProjectedLayer layer, float[] u, float[] v, int checkpoints, int stride, Runnable check) {
    this.layer = layer;
    this.check = check;
    this.u = blocks(layer, u, checkpoints, stride);
    this.v = blocks(layer, v, checkpoints, stride);
  }

  private static double[][] blocks(
      ProjectedLayer layer, float[] vector, int checkpoints, int stride) {
    double[][] blocks = new double[checkpoints][layer.to() - layer.from()];
    for (int c = 0; c < checkpoints; c++) {
      for (int i = 0; i < blocks[c].length; i++) {
        blocks[c][i] = vector[layer.from() + c * stride + i];
      }
    }
    return blocks;
  }

  /** Estimates the variance; may be less than 0 where it is small. */
  double variance() {
    Inverse outputs = Inverse.of(layer.outputs(), layer.outputsProjected());
    Inverse inputs = Inverse.of(layer.inputs(), layer.inputsProjected());
    double product = 0;
    for (int c = 0; c < u.length; c++) {
      product += dot(u[c], v[c]);
    }
    double estimate = outputs.own() * inputs.own() * product * product;
    double crossed = outputs.other() * inputs.other();
    if (inputs.other() == 0 && outputs.other() == 0) {
      return 0;
    }
    double[][] ut = transposed(u);
    double[][] vt = transposed(v);
    if (inputs.other() != 0) {
      SideProducts byInputs =
          new SideProducts(u, v, ut, vt, layer.outputs(), layer.inputs(), check);
      estimate += outputs.own() * inputs.other() * byInputs.own() + crossed(crossed, byInputs);
    }
    if (outputs.other() != 0) {
      SideProducts byOutputs =
          new SideProducts(ut, vt, u, v, layer.inputs(), layer.outputs(), check);
      estimate += outputs.other() * inputs.own() * byOutputs.own() + crossed(crossed, byOutputs);
    }
    if (crossed != 0) {
      estimate += crossed * bothSides();
    }
    return product * product - estimate;
  }

  private static double crossed(double factor, SideProducts side) {
    return factor == 0 ? 0 : factor * side.crossed();
  }

  /**
   * A row of (I + (J − I)/k)⁻¹.
   *
   * @param own its number on the diagonal
   * @param other its two other numbers
   */
  private record Inverse(double own, double other) {
    static Inverse of(int k, boolean projected) {
      double divisor = (k - 1.0) * (k + 2.0);
      return projected ? new Inverse(k * (k + 1.0) / divisor, -k / divisor) : new Inverse(1, 0);
    }
  }

  /** The two products whose sides are both joined as SAME, or both as OTHER. */
  private double bothSides() {
    double sum = 0;
    for (int c = 0; c < u.length; c++) {
      for (int d = 0; d < u.length; d++) {
        sum += dot(u[c], u[d]) * dot(v[c], v[d]) + dot(u[c], v[d]) * dot(v[c], u[d]);
      }
    }
    return sum;
  }

  private double[][] transposed(double[][] blocks) {
    double[][] transposed = new double[blocks.length][blocks[0].length];
    for (int c = 0; c < blocks.length; c++) {
      for (int row = 0; row < layer.outputs(); row++) {
        for (int column = 0; column < layer.inputs(); column++) {
          transposed[c][column * layer.outputs() + row] = blocks[c][row * layer.inputs() + column];
        }
      }
    }
    return transposed;
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
