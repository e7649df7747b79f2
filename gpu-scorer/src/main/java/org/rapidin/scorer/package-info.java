/**
 * Exact inner products of query vectors with rows of stored vectors.
 *
 * <p>Imports neither OpenSearch nor Lucene nor another package of this project. Start at {@link
 * org.rapidin.scorer.RowMatrix} and {@link org.rapidin.scorer.InnerProductScorer}.
 */
package org.rapidin.scorer;
