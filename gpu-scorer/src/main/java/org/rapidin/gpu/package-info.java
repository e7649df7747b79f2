/**
 * Exact inner products, estimates from sign bits, and sketches on CUDA devices, through the driver
 * API only.
 *
 * <p>Everything that touches JCuda is here. Start at {@link org.rapidin.gpu.GpuScanEngine}; {@code
 * GpuRuntime} decides whether there is a device at all, {@code SegmentCache} keeps rows on it, and
 * {@code Pass} runs the kernels of {@code src/main/cuda/kernels.cu}. Imports {@code
 * org.rapidin.scorer} and nothing else of this project.
 */
package org.rapidin.gpu;
