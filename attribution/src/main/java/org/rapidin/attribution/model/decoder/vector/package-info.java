/**
 * What a pass computes with the Vector API, apart from the large matrix products: attention on heap
 * arrays, and operations on rows of native memory, several of libtorch's in one, mostly in place.
 *
 * <p>Imports nothing of the project. Start at {@link
 * org.rapidin.attribution.model.decoder.vector.CausalAttention} and {@link
 * org.rapidin.attribution.model.decoder.vector.LowRankSum}. Load it only where the module
 * jdk.incubator.vector is there.
 */
package org.rapidin.attribution.model.decoder.vector;
