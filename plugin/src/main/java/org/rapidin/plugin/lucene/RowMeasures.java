package org.rapidin.plugin.lucene;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.ToDoubleFunction;
import org.apache.lucene.index.FloatVectorValues;

/**
 * Divides products by the measures of their rows. A row is measured when it is first needed, and
 * its measure is kept while the segment is open. For one thread.
 */
final class RowMeasures {
  private final FloatVectorValues rows;
  private final AtomicLongArray kept;
  private final ToDoubleFunction<float[]> measure;
  private final Runnable check;

  /**
   * @param rows for this object alone; null to divide by 1
   * @param kept shared by all of the segment
   * @param check runs before a row is measured, and throws to stop
   */
  RowMeasures(
      FloatVectorValues rows,
      AtomicLongArray kept,
      ToDoubleFunction<float[]> measure,
      Runnable check) {
    this.rows = rows;
    this.kept = kept;
    this.measure = measure;
    this.check = check;
  }

  /** Leaves products as they are. */
  static RowMeasures none() {
    return new RowMeasures(null, null, null, null);
  }

  /** Returns a row's product over its measure; 0 for a row of zeros. */
  float divided(float product, int ord) throws IOException {
    if (rows == null) {
      return product;
    }
    double of = of(ord);
    return of == 0 ? 0 : (float) (product / of);
  }

  /** Returns the measure of a row. */
  double of(int ord) throws IOException {
    double found = Double.longBitsToDouble(kept.getOpaque(ord));
    if (found == 0) {
      check.run();
      found = measure.applyAsDouble(rows.vectorValue(ord));
      kept.setOpaque(ord, Double.doubleToRawLongBits(found));
    }
    return found;
  }
}
