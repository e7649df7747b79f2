/**
 * Granite 3 decoders, a Llama-like layer with factors.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.granite.GraniteFamily}.
 */
package org.rapidin.attribution.model.decoder.granite;
