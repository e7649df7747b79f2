/**
 * Measures the speed of gradients. Start at {@link
 * org.rapidin.benchmarks.gradient.GradientBenchmark}.
 */
package org.rapidin.benchmarks.gradient;
