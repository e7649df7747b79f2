/**
 * Gradient vectors in a Lucene index: the vectors format, and the query that ranks documents by
 * exact inner products, of all documents or of candidates that are chosen by their codes.
 *
 * <p>May import Lucene, {@code org.rapidin.scorer} and {@code org.rapidin.scorer.bits}; never
 * {@code org.opensearch}. Start at {@link org.rapidin.plugin.lucene.GradientVectorsFormat} for what
 * is on disk, and at {@link org.rapidin.plugin.lucene.InfluenceQuery} for how it is searched.
 */
package org.rapidin.plugin.lucene;
