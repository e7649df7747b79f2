package org.rapidin.plugin.lucene;

import java.util.function.Supplier;
import org.apache.lucene.index.QueryTimeout;

/**
 * Stops a scan whose search no longer waits. Callers ask only every few thousand documents, which
 * is seconds when a document is 128 KiB.
 *
 * @param timeout the searcher's, or null
 * @param stopped makes what is thrown
 */
record ScanLimit(QueryTimeout timeout, Supplier<? extends RuntimeException> stopped) {
  /** Documents between two checks: 8 MiB of rows at K = 65,536 in float16. */
  static final int ROWS = 64;

  void check() {
    if (timeout != null && timeout.shouldExit()) {
      throw stopped.get();
    }
  }
}
