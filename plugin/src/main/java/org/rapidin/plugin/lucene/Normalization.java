package org.rapidin.plugin.lucene;

import java.io.Closeable;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.function.ToDoubleFunction;

/**
 * What the inner product of a document with a query is divided by.
 *
 * @param measure its name: equal names measure equally. Segments keep what was measured under it
 * @param names what is measured, as explanations say it
 * @param document measures a row, float32, length K: at least 0 and finite, 0 for zeros alone.
 *     Called by several threads
 * @param query what the quotient is divided by besides, more than 0; the same for all documents, so
 *     not part of the ranking
 * @param room reserves bytes for what segments keep, until closed; empty if there is no room
 */
public record Normalization(
    String measure,
    Names names,
    ToDoubleFunction<float[]> document,
    double query,
    LongFunction<Optional<Closeable>> room) {
  /**
   * What is measured of a document, and what the score's scale is of the query.
   *
   * @param document a noun phrase
   * @param query a noun phrase
   */
  public record Names(String document, String query) {}

  /** Compares measures by their names. */
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
