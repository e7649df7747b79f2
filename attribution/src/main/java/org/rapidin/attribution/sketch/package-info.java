/**
 * RapidGrad: compresses a gradient of P numbers to K numbers and keeps inner products in
 * expectation.
 *
 * <p>Start at {@link org.rapidin.attribution.sketch.GradientSketch}. {@code StreamingSketch} is the
 * implementation; {@code ShuffleSketch}, in the test sources, follows the paper step by step and is
 * the oracle.
 */
package org.rapidin.attribution.sketch;
