package org.rapidin.scorer;

import java.util.List;

/** Prepares queries for rows of an element type. Safe for many threads. */
public interface InnerProductScorer {

  /**
   * Prepares queries. Costs about as much as to score one row.
   *
   * @param type of the rows that will be scored
   * @param queries float32, all of length K; not changed, and not to be changed later
   */
  PreparedQueries prepare(ElementType type, List<float[]> queries);
}
