/**
 * What a node's operator decides about GPUs, and what the statistics show of them.
 *
 * <p>May import {@code org.rapidin.gpu}. Start at {@link org.rapidin.plugin.gpu.NodeGpuSettings}.
 */
package org.rapidin.plugin.gpu;
