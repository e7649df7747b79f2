package org.rapidin.plugin.lucene;

import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * What the inner product of a document with a query is divided by.
 *
 * @param measure its name: equal names measure equally. Segments keep what was measured under it
 * @param document measures a row, float32, length K: at least 0 and finite, 0 for zeros alone.
 *     Called by several threads
 * @param query what the quotient is divided by besides, more than 0; the same for all documents, so
 *     not part of the ranking
 */
public record Normalization(String measure, ToDoubleFunction<float[]> document, double query) {
  /** Compares names and not functions. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Normalization that
        && measure.equals(that.measure)
        && query == that.query;
  }

  @Override
  public int hashCode() {
    return Objects.hash(measure, query);
  }
}
