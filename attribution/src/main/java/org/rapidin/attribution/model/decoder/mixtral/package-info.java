/**
 * Mixtral decoders, with a router and experts in place of the MLP.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.mixtral.MixtralFamily}.
 */
package org.rapidin.attribution.model.decoder.mixtral;
