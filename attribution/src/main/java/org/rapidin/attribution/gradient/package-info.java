/**
 * Per-sample and per-token gradients of a decoder's loss, computed for a whole batch at once.
 *
 * <p>Start at {@code GradientComputer}; what it computes leaves through {@link
 * org.rapidin.attribution.gradient.GradientSink}, one tensor at a time.
 */
package org.rapidin.attribution.gradient;
