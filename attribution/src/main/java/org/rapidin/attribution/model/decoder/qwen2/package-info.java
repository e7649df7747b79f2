/**
 * Qwen2 decoders. May import {@code model.decoder} and the Llama package, with which it shares its
 * computation, never the gradient package.
 */
package org.rapidin.attribution.model.decoder.qwen2;
