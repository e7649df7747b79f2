/**
 * How gradients become vectors, as an attributor says it: one record a method, with its JSON, its
 * limits and its dimension.
 *
 * <p>Start at {@link org.rapidin.attribution.compression.Compression}. Imports no torch: nodes
 * without models read attributors, too. {@code compressor} does the work.
 */
package org.rapidin.attribution.compression;
