/**
 * Verifies the CUDA kernels and measures scans and sketches on a GPU, through {@link
 * org.rapidin.gpu} as the plugin does. Loads no class of DJL, Lucene or the distribution, because
 * it also runs from a {@link org.rapidin.benchmarks.gpu.Bundle} without them. Start at {@link
 * org.rapidin.benchmarks.gpu.GpuBenchmark}.
 */
package org.rapidin.benchmarks.gpu;
