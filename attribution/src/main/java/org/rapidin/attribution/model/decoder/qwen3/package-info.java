/**
 * Qwen3 decoders. May import {@code model.decoder}, its composed parts and the Qwen2 package, whose
 * windows it has, never the gradient package.
 */
package org.rapidin.attribution.model.decoder.qwen3;
