/**
 * GPT-NeoX decoders, such as Pythia. May import {@code model.decoder} and its composed parts, never
 * the gradient package.
 */
package org.rapidin.attribution.model.decoder.gptneox;
