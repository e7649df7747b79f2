/**
 * Compresses the gradients of a batch's rows, as an attributor's {@code Compression} says: on the
 * device that computes the gradients, or in main memory.
 *
 * <p>Start at {@link org.rapidin.attribution.compressor.Compressor}. A compressor gets each tensor
 * as a {@link org.rapidin.attribution.gradient.TensorGradient}, so it may project the factors of a
 * product without multiplying them. Imports gradients, sketches, torch and {@code org.rapidin.gpu}.
 */
package org.rapidin.attribution.compressor;
