package org.rapidin.benchmarks.candidates;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.rapidin.benchmarks.node.Report;
import org.rapidin.scorer.CpuScanEngine;
import org.rapidin.scorer.Scan;
import org.rapidin.scorer.bits.HadamardRotation;

/**
 * Recall of exact rescoring after candidates by sign bits, with and without rotation and centring.
 * Computed by its definition, in floats, and not by the code that the index uses, so that variants
 * can be compared which the index does not have.
 */
final class RecallStudy {
  private static final int TOP = 10;
  private static final int[] OVERSAMPLE = {1, 2, 3, 5, 10, 20, 50};

  private final Gradients gradients;
  private final HadamardRotation rotation;
  private final float[] mean;
  private final float[][] exact;

  RecallStudy(Gradients gradients) throws IOException {
    this.gradients = gradients;
    this.rotation = new HadamardRotation(gradients.dimension(), 1);
    this.mean = mean(gradients.rows());
    this.exact = products(gradients.rows(), gradients.queries());
  }

  /** How codes are made. */
  private record Variant(boolean rotated, boolean centred, int bits) {
    String name() {
      return "%s, %s, %s bits"
          .formatted(rotated ? "rotated" : "as is", centred ? "centred" : "not", bits);
    }
  }

  /** Measures each variant, one row of the report for each. */
  void run(Report report) throws IOException {
    int dimension = gradients.dimension();
    for (boolean rotated : List.of(false, true)) {
      for (boolean centred : List.of(false, true)) {
        for (int bits : List.of(dimension, dimension / 4, dimension / 8)) {
          measure(new Variant(rotated, centred, bits), report);
        }
      }
    }
  }

  private void measure(Variant variant, Report report) throws IOException {
    float[][] estimates = estimates(variant);
    ObjectNode row = report.row(variant.name());
    row.put("error, 1e-3", 1e3 * rmsError(estimates));
    for (int oversample : OVERSAMPLE) {
      row.put("% of " + TOP * oversample, 100 * recall(estimates, TOP * oversample));
    }
    report.add(row);
  }

  private float[][] estimates(Variant variant) throws IOException {
    float[] factors = new float[gradients.rows().size()];
    List<float[]> signs =
        IntStream.range(0, factors.length)
            .mapToObj(i -> signs(variant, gradients.rows().get(i), factors, i))
            .toList();
    List<float[]> queries =
        gradients.queries().stream().map(query -> transformed(variant, query.clone())).toList();
    float[][] estimates = products(signs, queries);
    for (int q = 0; q < estimates.length; q++) {
      double offset = variant.centred ? product(mean, gradients.queries().get(q)) : 0;
      for (int i = 0; i < factors.length; i++) {
        estimates[q][i] = (float) (factors[i] * estimates[q][i] + offset);
      }
    }
    return estimates;
  }

  private float[] signs(Variant variant, float[] row, float[] factors, int i) {
    float[] vector = row.clone();
    for (int k = 0; variant.centred && k < vector.length; k++) {
      vector[k] -= mean[k];
    }
    double squares = product(vector, vector);
    float[] signs = transformed(variant, vector);
    double magnitudes = 0;
    for (int k = 0; k < signs.length; k++) {
      magnitudes += Math.abs(signs[k]);
      signs[k] = signs[k] >= 0 ? 1 : -1;
    }
    factors[i] = (float) (squares / magnitudes);
    return signs;
  }

  private float[] transformed(Variant variant, float[] vector) {
    if (variant.rotated) {
      rotation.rotate(vector);
    }
    return Arrays.copyOf(vector, variant.bits);
  }

  /** Root mean square of the errors, in units of the product of the norms. */
  private double rmsError(float[][] estimates) {
    double squares = 0;
    for (int q = 0; q < estimates.length; q++) {
      double queryNorm = Math.sqrt(product(gradients.queries().get(q), gradients.queries().get(q)));
      for (int i = 0; i < estimates[q].length; i++) {
        float[] row = gradients.rows().get(i);
        double error = (estimates[q][i] - exact[q][i]) / queryNorm;
        squares += error * error / product(row, row);
      }
    }
    return Math.sqrt(squares / estimates.length / gradients.rows().size());
  }

  private double recall(float[][] estimates, int candidates) {
    double found = 0;
    for (int q = 0; q < estimates.length; q++) {
      int[] wanted = best(exact[q], TOP);
      int[] chosen = best(estimates[q], candidates);
      Arrays.sort(chosen);
      found += Arrays.stream(wanted).filter(i -> Arrays.binarySearch(chosen, i) >= 0).count();
    }
    return found / estimates.length / TOP;
  }

  private static int[] best(float[] scores, int count) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((a, b) -> Float.compare(scores[b], scores[a]))
        .limit(count)
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static float[] mean(List<float[]> rows) {
    float[] mean = new float[rows.getFirst().length];
    for (float[] row : rows) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += row[k] / rows.size();
      }
    }
    return mean;
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int k = 0; k < a.length; k++) {
      sum += (double) a[k] * b[k];
    }
    return sum;
  }

  /** Products of all queries with all rows, which are rounded to half precision as stored ones. */
  private static float[][] products(List<float[]> rows, List<float[]> queries) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      StoredRows stored = StoredRows.of(rows, rows.size(), arena);
      int[] all = IntStream.range(0, rows.size()).toArray();
      float[][] products = new float[queries.size()][rows.size()];
      for (int q = 0; q < products.length; q++) {
        try (Scan scan = new CpuScanEngine().open(stored, List.of(queries.get(q)))) {
          scan.score(all, all.length, products[q]);
        }
      }
      return products;
    }
  }
}
