/**
 * The native side of the model: libtorch's life, arrays in its memory, and the tokenizer.
 *
 * <p>Start at {@link org.rapidin.attribution.model.torch.TorchRuntime}. May import DJL and {@code
 * model.file}.
 */
package org.rapidin.attribution.model.torch;
