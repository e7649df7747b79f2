/**
 * Exact inner products of query vectors with rows of stored vectors.
 *
 * <p>Imports neither OpenSearch nor Lucene nor another package of this project. A search opens a
 * {@link org.rapidin.scorer.Scan} of {@link org.rapidin.scorer.SegmentRows} with a {@link
 * org.rapidin.scorer.ScanEngine}. Start there; {@link org.rapidin.scorer.InnerProductScorer} is
 * what computes on the CPU: {@link org.rapidin.scorer.PlainScorer} everywhere, {@link
 * org.rapidin.scorer.VectorApiScorer} several times faster, with a kernel for each element type.
 */
package org.rapidin.scorer;
