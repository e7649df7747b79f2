/** How fast gradients are. Start at {@link org.rapidin.benchmarks.gradient.GradientBenchmark}. */
package org.rapidin.benchmarks.gradient;
