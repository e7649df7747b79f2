package org.rapidin.gpu;

/**
 * The rows with the largest inner products with one query: descending, and rows of equal products
 * in ascending order.
 *
 * @param rows ordinals, at most k; owned by the caller
 * @param products of these rows
 */
public record TopRows(int[] rows, float[] products) {
  /** Reads the keys of {@code topk_pass}, which end with zeros if there are fewer rows than k. */
  static TopRows ofKeys(long[] keys) {
    int count = 0;
    while (count < keys.length && keys[count] != 0) {
      count++;
    }
    int[] rows = new int[count];
    float[] products = new float[count];
    for (int i = 0; i < count; i++) {
      int bits = (int) (keys[i] >>> 32);
      rows[i] = ~(int) keys[i];
      products[i] = Float.intBitsToFloat(bits < 0 ? bits & Integer.MAX_VALUE : ~bits);
    }
    return new TopRows(rows, products);
  }
}
