package org.rapidin.attribution.compressor;

import java.util.List;
import java.util.SplittableRandom;
import org.rapidin.attribution.compression.GradientLayout;

/**
 * Method logra from its definition (ADR 9), in double: P_o·G·P_iᵀ of whole gradients, number by
 * number.
 */
public final class PlainLogra {
  private PlainLogra() {}

  /**
   * Projects a gradient.
   *
   * @param gradient all P numbers of a layout
   * @return all K numbers of the vector
   */
  public static double[] of(GradientLayout layout, int rank, long seed, double[] gradient) {
    double[] vector = new double[Math.toIntExact(numbers(layout, rank))];
    int to = 0;
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      int column = 0;
      for (int t = 0; t < layout.tensors().size(); t++) {
        List<Long> shape = layout.tensors().get(t).shape();
        int out = shape.get(0).intValue();
        int in = shape.get(1).intValue();
        int[][] left = signs(seed, Math.min(rank, out), column + in, out);
        int[][] right = signs(seed, Math.min(rank, in), column, in);
        column += in + out;
        int from = Math.toIntExact(layout.position(checkpoint, t));
        for (int[] output : left) {
          for (int[] input : right) {
            double sum = 0;
            for (int i = 0; i < out * in; i++) {
              sum += output[i / in] * input[i % in] * gradient[from + i];
            }
            vector[to++] = sum / Math.sqrt((double) left.length * right.length);
          }
        }
      }
    }
    return vector;
  }

  /** Signs of the first rows, and of columns from one on. */
  static int[][] signs(long seed, int rows, int column, int columns) {
    int[][] signs = new int[rows][columns];
    for (int row = 0; row < rows; row++) {
      long rowKey = output(output(seed, 1), row / 64 + 1);
      SplittableRandom words = new SplittableRandom(rowKey);
      for (int i = 0; i < column + columns; i++) {
        long word = words.nextLong();
        if (i >= column) {
          signs[row][i - column] = (word >>> row % 64 & 1) == 0 ? 1 : -1;
        }
      }
    }
    return signs;
  }

  /** Output n of SplitMix64, from 1 on. */
  private static long output(long seed, int n) {
    SplittableRandom random = new SplittableRandom(seed);
    long output = 0;
    for (int i = 0; i < n; i++) {
      output = random.nextLong();
    }
    return output;
  }

  private static long numbers(GradientLayout layout, int rank) {
    return layout.checkpoints()
        * layout.tensors().stream()
            .mapToLong(t -> Math.min(rank, t.shape().get(0)) * Math.min(rank, t.shape().get(1)))
            .sum();
  }
}
