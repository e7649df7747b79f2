package org.rapidin.scorer.bits;

/**
 * What is stored of a row: see {@link SignEncoder}.
 *
 * @param bits B/8 bytes; bit {@code i mod 8} of byte {@code i / 8} is set if number i of the
 *     centred and rotated row has no minus sign
 * @param factor the estimate of an inner product is this times that of the signs with the query
 * @param error standard error of the estimate for a query of norm 1, without the error of the
 *     query's digits: see {@link SignQuery#standardError}
 */
public record SignCode(byte[] bits, float factor, float error) {}
