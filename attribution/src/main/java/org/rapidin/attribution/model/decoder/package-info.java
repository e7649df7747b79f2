/**
 * The decoder: configuration, parameters, adapters and the forward pass.
 *
 * <p>Start at {@link org.rapidin.attribution.model.decoder.LlamaDecoder}. May import DJL, {@code
 * model.file} and {@code model.torch}, never the gradient package.
 */
package org.rapidin.attribution.model.decoder;
