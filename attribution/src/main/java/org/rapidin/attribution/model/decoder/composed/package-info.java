/**
 * Decoders that are composed of shared parts: what a family must say is its {@link
 * org.rapidin.attribution.model.decoder.composed.DecoderPlan}, which shows what differs. Layers run
 * backward by automatic differentiation.
 *
 * <p>May import {@code model.decoder}, never a family or the gradient package.
 */
package org.rapidin.attribution.model.decoder.composed;
