package org.rapidin.attribution.gradient;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.rapidin.attribution.model.decoder.llama.PlainLlama;

/**
 * The products at a head from their definition, in double and number by number: Σ r·hᵀ and Σ
 * (Wᵀ·r)·hᵀ, with r the weighted softmax minus 1 at the target. Shares no code with the fast ones.
 *
 * @param logits Σ r·hᵀ, [V, H]
 * @param input Σ (Wᵀ·r)·hᵀ, [H, H]
 */
public record PlainHead(double[][] logits, double[][] input) {

  /** The products of one sequence. */
  public static PlainHead of(PlainLlama model, long[] ids, float[] weights) {
    double[][] logits = model.logits(ids);
    double[][] inputs = model.headInputs(ids);
    double[] head = model.headWeight();
    int vocabulary = logits[0].length;
    int width = inputs[0].length;
    double[][] first = new double[vocabulary][width];
    double[][] second = new double[width][width];
    for (int t = 1; t < ids.length; t++) {
      double sum = 0;
      for (double logit : logits[t - 1]) {
        sum += Math.exp(logit);
      }
      for (int v = 0; v < vocabulary; v++) {
        double target = v == ids[t] ? 1 : 0;
        double r = weights[t] * (Math.exp(logits[t - 1][v]) / sum - target);
        for (int i = 0; i < width; i++) {
          first[v][i] += r * inputs[t - 1][i];
          for (int j = 0; j < width; j++) {
            second[j][i] += head[v * width + j] * r * inputs[t - 1][i];
          }
        }
      }
    }
    return new PlainHead(first, second);
  }

  /** Σ S·r·hᵀ, [B, H], with the buckets and signs of a seed as ADR 9 defines them; B below V. */
  public double[][] sketched(int buckets, long seed) {
    SplittableRandom keys = new SplittableRandom(new SplittableRandom(seed).nextLong());
    keys.nextLong();
    SplittableRandom words = new SplittableRandom(keys.nextLong()); // rows 64 to 127
    double[][] sums = new double[buckets][input.length];
    for (double[] row : logits) {
      long word = words.nextLong();
      int bucket = (int) Long.divideUnsigned(word, Long.divideUnsigned(-1, buckets) + 1);
      for (int i = 0; i < row.length; i++) {
        sums[bucket][i] += (word & 1) == 0 ? row[i] : -row[i];
      }
    }
    return sums;
  }

  /** All rows of a matrix, one after another. */
  public static double[] flat(double[][] matrix) {
    return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
  }
}
