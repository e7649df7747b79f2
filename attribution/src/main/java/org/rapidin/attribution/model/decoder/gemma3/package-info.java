/**
 * Gemma 3 decoders of text. May import {@code model.decoder}, its composed parts and the Gemma 2
 * package, whose layers it has, never the gradient package.
 */
package org.rapidin.attribution.model.decoder.gemma3;
