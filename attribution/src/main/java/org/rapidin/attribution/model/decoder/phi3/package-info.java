/**
 * Phi-3, Phi-3.5 and Phi-4 decoders, with joint projections and LongRoPE.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.phi3.Phi3Family}.
 */
package org.rapidin.attribution.model.decoder.phi3;
