package org.rapidin.attribution.compressor;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.attribution.compression.GradientLayout;

/**
 * Method trackstar from its definition (docs/methods.md, ADR 9), in double: P_o·G·P_iᵀ of whole
 * gradients, number by number, and the shares of layers.
 */
public final class PlainTrackStar {
  private PlainTrackStar() {}

  /**
   * Projects a gradient.
   *
   * @param gradient all P numbers of a layout, divided by the roots of second moments if wanted
   * @return all K numbers of the vector, of any norm
   */
  public static double[] of(GradientLayout layout, int dimension, long seed, double[] gradient) {
    double[] vector = new double[dimension];
    int[][] kept = kept(layout, dimension / layout.checkpoints());
    int to = 0;
    for (int checkpoint = 0; checkpoint < layout.checkpoints(); checkpoint++) {
      int column = 0;
      for (int t = 0; t < kept.length; t++) {
        List<Long> shape = layout.tensors().get(t).shape();
        int out = shape.get(0).intValue();
        int in = shape.get(1).intValue();
        double[][] left = side(seed, kept[t][0], column + in, out);
        double[][] right = side(seed, kept[t][1], column, in);
        column += in + out;
        int from = Math.toIntExact(layout.position(checkpoint, t));
        for (double[] output : left) {
          for (double[] input : right) {
            double sum = 0;
            for (int i = 0; i < out * in; i++) {
              sum += output[i / in] * input[i % in] * gradient[from + i];
            }
            vector[to++] = sum;
          }
        }
      }
    }
    return vector;
  }

  /** Signs over √k, or the unit matrix where all are kept. */
  private static double[][] side(long seed, int kept, int column, int width) {
    double[][] rows = new double[kept][width];
    int[][] signs = PlainLogra.signs(seed, kept, column, width);
    for (int row = 0; row < kept; row++) {
      for (int i = 0; i < width; i++) {
        boolean same = row == i;
        rows[row][i] = kept < width ? signs[row][i] / Math.sqrt(kept) : same ? 1 : 0;
      }
    }
    return rows;
  }

  private static int[][] kept(GradientLayout layout, int numbers) {
    int layers = layout.tensors().size();
    int[][] kept = new int[layers][];
    int left = numbers;
    List<Integer> smallestFirst =
        IntStream.range(0, layers)
            .boxed()
            .sorted(Comparator.comparing(t -> layout.tensors().get(t).size()))
            .toList();
    for (int i = 0; i < layers; i++) {
      int t = smallestFirst.get(i);
      int out = layout.tensors().get(t).shape().get(0).intValue();
      int in = layout.tensors().get(t).shape().get(1).intValue();
      int share = left / (layers - i);
      int root = 1;
      while ((root + 1) * (root + 1) <= share) {
        root++;
      }
      if (out < in && out <= root) {
        kept[t] = new int[] {out, Math.min(in, share / out)};
      } else if (in <= root) {
        kept[t] = new int[] {Math.min(out, share / in), in};
      } else {
        kept[t] = new int[] {Math.min(out, share / root), root};
      }
      left -= kept[t][0] * kept[t][1];
    }
    return kept;
  }
}
