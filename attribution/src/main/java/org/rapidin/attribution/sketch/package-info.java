/**
 * RapidGrad: a gradient of P numbers becomes K numbers with the same inner products in expectation.
 *
 * <p>Start at {@link org.rapidin.attribution.sketch.GradientSketch}. {@code ShuffleSketch} follows
 * the paper step by step and is the oracle; {@code StreamingSketch} is what runs.
 */
package org.rapidin.attribution.sketch;
