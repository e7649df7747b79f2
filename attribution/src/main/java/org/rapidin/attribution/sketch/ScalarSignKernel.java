package org.rapidin.attribution.sketch;

import java.util.Arrays;

/** The kernel in plain Java. */
final class ScalarSignKernel implements SignKernel {

  @Override
  public void multiply(long[] words, float[] numbers, int count, float[] sums) {
    Arrays.fill(sums, 0);
    for (int j = 0; j < count; j++) {
      int number = Float.floatToRawIntBits(numbers[j]);
      for (int i = 0; i < SignMatrix.ROWS; i++) {
        sums[i] += Float.intBitsToFloat(number ^ (int) (words[j] >>> i) << 31);
      }
    }
  }
}
