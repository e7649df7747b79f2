package org.rapidin.scorer.bits;

/** Loops that the JIT compiler makes vector instructions of where distances are long. */
final class PlainWalshTransform implements WalshTransform {
  @Override
  public void multiply(float[] vector) {
    for (int distance = vector.length / 2; distance > 0; distance /= 2) {
      for (int from = 0; from < vector.length; from += 2 * distance) {
        step(vector, from, distance);
      }
    }
  }

  private static void step(float[] vector, int from, int distance) {
    for (int i = from; i < from + distance; i++) {
      float a = vector[i];
      float b = vector[i + distance];
      vector[i] = a + b;
      vector[i + distance] = a - b;
    }
  }

  @Override
  public void negate(float[] vector, long[] signs) {
    for (int i = 0; i < vector.length; i++) {
      int sign = (int) (signs[i / Long.SIZE] >>> i) << 31;
      vector[i] = Float.intBitsToFloat(Float.floatToRawIntBits(vector[i]) ^ sign);
    }
  }
}
