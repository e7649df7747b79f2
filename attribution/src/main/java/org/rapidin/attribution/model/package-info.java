/**
 * The model side of attribution: files, tokenizer, native runtime and the decoder's forward pass.
 *
 * <p>Start at {@link org.rapidin.attribution.model.ModelDirectory}, which opens what a model is
 * made of; {@link org.rapidin.attribution.model.LlamaDecoder} computes with it. Files are read by
 * our own strict readers, because they come from strangers: nothing here runs code out of a model.
 * May import DJL and jackson-core, never the gradient package.
 */
package org.rapidin.attribution.model;
