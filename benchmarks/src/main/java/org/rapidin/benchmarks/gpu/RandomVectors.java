package org.rapidin.benchmarks.gpu;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A few random vectors, which the rows of a benchmark repeat: row i is vector i modulo their
 * number. To make millions of different rows would take minutes.
 *
 * @param vectors as the rows are decoded
 * @param norms of these
 */
record RandomVectors(float[][] vectors, double[] norms) {
  /** Decodes rows. */
  static RandomVectors of(byte[][] rows, Function<byte[], float[]> decode) {
    float[][] vectors = Arrays.stream(rows).parallel().map(decode).toArray(float[][]::new);
    double[] norms = Arrays.stream(vectors).parallel().mapToDouble(RandomVectors::norm).toArray();
    return new RandomVectors(vectors, norms);
  }

  /** Returns numbers of normal distribution, of another magnitude for each seed. */
  static float[] vector(int dimension, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double magnitude = Math.exp(random.nextGaussian());
    float[] vector = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      vector[i] = (float) (random.nextGaussian() * magnitude);
    }
    return vector;
  }

  /** Returns vectors that are none of the rows. */
  static List<float[]> queries(int count, int dimension) {
    return IntStream.range(0, count).parallel().mapToObj(m -> vector(dimension, -1L - m)).toList();
  }

  /** Returns what the products with some queries should be. */
  Expected expect(List<float[]> queries) {
    double[][] products = new double[queries.size()][vectors.length];
    IntStream.range(0, queries.size() * vectors.length)
        .parallel()
        .forEach(
            i -> {
              int m = i / vectors.length;
              int row = i % vectors.length;
              products[m][row] = product(queries.get(m), vectors[row]);
            });
    double[] queryNorms = queries.stream().mapToDouble(RandomVectors::norm).toArray();
    return new Expected(products, queryNorms, norms);
  }

  private static double norm(float[] vector) {
    return Math.sqrt(product(vector, vector));
  }

  private static double product(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  /**
   * Inner products in double.
   *
   * @param products of each query with each vector
   */
  record Expected(double[][] products, double[] queryNorms, double[] norms) {
    /** Returns the error of a product as a part of the product of the norms. */
    double error(int query, int row, float product) {
      int vector = row % norms.length;
      double error = Math.abs(products[query][vector] - product);
      // Not a number is no small error.
      return Double.isNaN(error)
          ? Double.POSITIVE_INFINITY
          : error / (queryNorms[query] * norms[vector]);
    }

    /**
     * Returns the largest error.
     *
     * @param rows ordinals
     * @param count n
     * @param found q×n, query-major
     */
    double error(int[] rows, int count, float[] found) {
      int queries = found.length / count;
      return IntStream.range(0, queries)
          .parallel()
          .mapToDouble(
              m -> {
                double largest = 0;
                for (int i = 0; i < count; i++) {
                  largest = Math.max(largest, error(m, rows[i], found[m * count + i]));
                }
                return largest;
              })
          .max()
          .orElseThrow();
    }
  }
}
