/**
 * What a decoder family must provide, and the parts that families share: parameters, adapters,
 * modules, attention and positions.
 *
 * <p>Start at {@link org.rapidin.attribution.model.decoder.DecoderFamily} and {@link
 * org.rapidin.attribution.model.decoder.Decoder}; each family has its own package below this one.
 * May import DJL, {@code model.file} and {@code model.torch}, never the gradient package or a
 * family.
 */
package org.rapidin.attribution.model.decoder;
