/**
 * Exact inner products of query vectors with rows of stored vectors.
 *
 * <p>Knows memory and numbers only: no OpenSearch, no Lucene, nothing else of this project. Start
 * at {@link org.rapidin.scorer.RowMatrix} and {@link org.rapidin.scorer.InnerProductScorer}.
 */
package org.rapidin.scorer;
