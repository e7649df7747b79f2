/**
 * Forward and backward passes written by hand, without autograd, for layers of Llama's shape.
 * Faster than the generic pass and with less memory; the generic pass is its oracle.
 *
 * <p>Imports the decoder's modules, the Llama layer and torch memory. Start at {@link
 * org.rapidin.attribution.model.decoder.fused.FusedLayer}.
 */
package org.rapidin.attribution.model.decoder.fused;
