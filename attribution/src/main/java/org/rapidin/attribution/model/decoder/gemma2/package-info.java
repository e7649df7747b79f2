/**
 * Gemma 2 decoders, and the layer that Gemma 3 shares with them.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.gemma2.Gemma2Family}.
 */
package org.rapidin.attribution.model.decoder.gemma2;
