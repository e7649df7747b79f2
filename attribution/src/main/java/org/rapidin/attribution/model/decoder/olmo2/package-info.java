/**
 * OLMo 2 decoders, with normalizations after attention and MLP.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.olmo2.Olmo2Family}.
 */
package org.rapidin.attribution.model.decoder.olmo2;
