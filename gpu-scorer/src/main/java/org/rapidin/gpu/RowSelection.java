package org.rapidin.gpu;

import java.util.Arrays;
import java.util.BitSet;

/**
 * The rows of a pass.
 *
 * @param first the first of {@code count} consecutive rows, if there is no list
 * @param count how many rows
 * @param list their ordinals, or null
 */
record RowSelection(int first, int count, int[] list) {
  // A list of more than a half of the rows saves less time than a shared pass over all of them.
  private static final int LISTED_SHARE = 2;

  /** Consecutive rows. */
  static RowSelection range(int first, int count) {
    return new RowSelection(first, count, null);
  }

  /**
   * Chooses how rows are passed: as a range if they are one, as all rows if most are wanted, and
   * otherwise as a list.
   *
   * @param rows ascending
   * @param all how many rows the segment has
   * @throws IllegalArgumentException if the rows do not ascend from 0 to below {@code all}: a
   *     device that reads elsewhere is lost for the process
   */
  static RowSelection of(int[] rows, int count, int all) {
    int last = -1;
    for (int i = 0; i < count; i++) {
      if (rows[i] <= last || rows[i] >= all) {
        throw new IllegalArgumentException(
            "rows ascend from 0 to %s, got %s after %s".formatted(all - 1, rows[i], last));
      }
      last = rows[i];
    }
    if (last - rows[0] + 1 == count) {
      return range(rows[0], count);
    }
    return (long) count * LISTED_SHARE > all
        ? range(0, all)
        : new RowSelection(0, count, Arrays.copyOf(rows, count));
  }

  /**
   * Returns the accepted rows as a list, or all rows if most are accepted: their products are then
   * ignored later.
   *
   * @param accepted a bit for each row, 64 a word
   * @throws IllegalArgumentException if there are not bits for all rows
   */
  static RowSelection of(long[] accepted, int all) {
    if ((long) accepted.length * Long.SIZE < all) {
      throw new IllegalArgumentException(
          "%s rows need %s words of bits, got %s"
              .formatted(all, Math.ceilDiv(all, Long.SIZE), accepted.length));
    }
    BitSet bits = BitSet.valueOf(accepted).get(0, all);
    int[] list = bits.stream().toArray();
    return (long) list.length * LISTED_SHARE > all
        ? range(0, all)
        : new RowSelection(0, list.length, list);
  }

  boolean isListed() {
    return list != null;
  }
}
