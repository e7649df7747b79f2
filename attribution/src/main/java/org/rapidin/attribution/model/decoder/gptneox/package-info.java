/**
 * GPT-NeoX decoders, such as Pythia, whose attention and MLP read the same input.
 *
 * <p>May import {@code model.decoder} and its composed parts, never the gradient package. Start at
 * {@link org.rapidin.attribution.model.decoder.gptneox.GptNeoxFamily}.
 */
package org.rapidin.attribution.model.decoder.gptneox;
