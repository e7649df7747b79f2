package org.rapidin.plugin.lucene;

/** Sums vectors, for the mean that codes are centred on. For one thread. */
final class CentreSum {
  private final double[] sums;
  private long count;

  /**
   * @param dimension K
   */
  CentreSum(int dimension) {
    sums = new double[dimension];
  }

  /**
   * Adds vectors with the same mean.
   *
   * @param mean float32, length K; not changed
   * @param vectors how many
   */
  void add(float[] mean, long vectors) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += (double) mean[i] * vectors;
    }
    count += vectors;
  }

  /** Returns the mean, length K, new; zeros if there are no vectors. */
  float[] mean() {
    float[] mean = new float[sums.length];
    for (int i = 0; i < mean.length && count > 0; i++) {
      mean[i] = (float) (sums[i] / count);
    }
    return mean;
  }

  long bytes() {
    return (long) sums.length * Double.BYTES;
  }
}
