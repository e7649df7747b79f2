package org.rapidin.plugin.lucene;

import java.util.Arrays;
import org.apache.lucene.util.LongHeap;
import org.apache.lucene.util.NumericUtils;

/**
 * Keeps the numbers with the highest values. Of equal values the lowest number is better. For one
 * thread.
 */
final class BestRows {
  private final LongHeap heap;
  private final int limit;

  /**
   * @param limit how many are kept, at least 1
   * @param expected how many will be added at most; saves memory when that is less
   */
  BestRows(int limit, int expected) {
    this.limit = Math.max(1, Math.min(limit, expected));
    this.heap = new LongHeap(this.limit);
  }

  /**
   * Adds a number.
   *
   * @param number at least 0
   * @param value not NaN
   */
  void add(int number, float value) {
    long key = (long) NumericUtils.floatToSortableInt(value) << 32 | ~number & 0xFFFF_FFFFL;
    if (heap.size() < limit) {
      heap.push(key);
    } else if (key > heap.top()) {
      heap.updateTop(key);
    }
  }

  /** Returns what is kept, in ascending order of the numbers. */
  Kept kept() {
    int[] numbers = new int[heap.size()];
    float[] values = new float[numbers.length];
    long[] keys = new long[numbers.length];
    for (int i = 0; i < keys.length; i++) {
      long key = heap.get(i + 1);
      // Number first, so that sorting orders by it.
      keys[i] = (long) ~(int) key << 32 | key >>> 32;
    }
    Arrays.sort(keys);
    for (int i = 0; i < keys.length; i++) {
      numbers[i] = (int) (keys[i] >>> 32);
      values[i] = NumericUtils.sortableIntToFloat((int) keys[i]);
    }
    return new Kept(numbers, values);
  }

  /**
   * The best.
   *
   * @param numbers ascending
   * @param values of the same
   */
  record Kept(int[] numbers, float[] values) {}
}
