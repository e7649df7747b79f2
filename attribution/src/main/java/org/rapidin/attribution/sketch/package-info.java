/**
 * Linear maps of a gradient of P numbers to K numbers.
 *
 * <p>Start at {@link org.rapidin.attribution.sketch.GradientSketch}. {@code StreamingSketch} is
 * RapidGrad, whose oracle {@code ShuffleSketch}, in the test sources, follows the paper step by
 * step; {@code RandomSketch} is a dense projection, {@code Concatenation} keeps all numbers.
 */
package org.rapidin.attribution.sketch;
