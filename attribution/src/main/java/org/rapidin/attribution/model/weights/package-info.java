/**
 * Base weights of models in native memory: read from mapped files to float32 one tensor at a time,
 * kept while the limit allows it, shared by everything that uses the same files.
 *
 * <p>Imports {@code memory}, {@code model.file} and {@code model.torch}; knows tensors by name and
 * nothing of decoders. Start with {@link org.rapidin.attribution.model.weights.WeightCache}.
 */
package org.rapidin.attribution.model.weights;
