/**
 * Attention on heap arrays with the Vector API, for heads that are too narrow for libtorch's matrix
 * products: with a head width of 8, those run at 5 GFLOP/s on one thread.
 *
 * <p>Imports nothing of the project. Start at {@link
 * org.rapidin.attribution.model.decoder.vector.CausalAttention}. Load it only where the module
 * jdk.incubator.vector is there.
 */
package org.rapidin.attribution.model.decoder.vector;
