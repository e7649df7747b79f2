package org.rapidin.gpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The part of a pass that one scan needs.
 *
 * @param queries of the scan
 * @param rows the ordinals that it needs, ascending
 * @param count how many
 * @param products receives q×count products
 */
record PassRequest(List<PassQuery> queries, int[] rows, int count, float[] products) {
  /**
   * Copies the products that the scan needs from those of a pass.
   *
   * @param passed the rows of the pass
   * @param source products of the pass, query-major
   * @param query the first query of this request among those of the pass
   */
  void take(RowSelection passed, MemorySegment source, int query) {
    for (int m = 0; m < queries.size(); m++) {
      long from = (long) (query + m) * passed.count();
      if (passed.count() == count) {
        MemorySegment.copy(
            source, ValueLayout.JAVA_FLOAT, Float.BYTES * from, products, m * count, count);
      } else {
        for (int i = 0; i < count; i++) {
          products[m * count + i] = source.getAtIndex(ValueLayout.JAVA_FLOAT, from + rows[i]);
        }
      }
    }
  }
}
