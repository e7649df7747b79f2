/**
 * GPT-2 decoders, with learned positions and transposed weights.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.gpt2.Gpt2Family}.
 */
package org.rapidin.attribution.model.decoder.gpt2;
