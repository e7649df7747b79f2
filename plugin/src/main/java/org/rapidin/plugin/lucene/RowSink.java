package org.rapidin.plugin.lucene;

import java.io.IOException;
import org.apache.lucene.util.Accountable;

/** Takes the rows of one field as documents arrive. */
sealed interface RowSink extends Accountable permits RowsOutput, TemporaryRows {
  /**
   * Appends a row.
   *
   * @param doc more than the one before
   * @param row a row of {@link org.rapidin.scorer.ElementType}
   */
  void add(int doc, byte[] row) throws IOException;
}
