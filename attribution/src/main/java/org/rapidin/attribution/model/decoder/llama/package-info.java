/** Llama decoders. May import {@code model.decoder}, never the gradient package. */
package org.rapidin.attribution.model.decoder.llama;
