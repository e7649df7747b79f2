/**
 * Per-sample and per-token gradients of a decoder's loss, computed for a whole batch at once, layer
 * by layer.
 *
 * <p>Start at {@link org.rapidin.attribution.gradient.GradientComputer}. Gradients leave as {@link
 * org.rapidin.attribution.gradient.TensorGradient}, one tensor at a time; {@link
 * org.rapidin.attribution.gradient.DenseRows} multiplies them out.
 */
package org.rapidin.attribution.gradient;
