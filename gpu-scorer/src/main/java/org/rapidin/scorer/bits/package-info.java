/**
 * Estimates of inner products from one bit a dimension: rows are centred, rotated and reduced to
 * signs, as in RaBitQ (Gao and Long, "RaBitQ: Quantizing High-Dimensional Vectors with a
 * Theoretical Error Bound for Approximate Nearest Neighbor Search", SIGMOD 2024).
 *
 * <p>A {@link org.rapidin.scorer.bits.SignEncoder} makes the code of a row, a {@link
 * org.rapidin.scorer.bits.SignQuery} is what a request makes of its query once for all segments,
 * and a {@link org.rapidin.scorer.bits.CodeScanEngine} scans the codes of a segment. Imports {@code
 * org.rapidin.scorer} only.
 */
package org.rapidin.scorer.bits;
