package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDManager;
import org.rapidin.attribution.model.decoder.Decoder;
import org.rapidin.attribution.model.decoder.PassContext;

/**
 * What the layers of one pass work on.
 *
 * @param manager owns the pass's arrays
 * @param sink is given the gradients of the layers' selected parameters
 */
record LayerWork(
    NDManager manager,
    Decoder decoder,
    PassContext context,
    ParameterSelection selection,
    TensorSink sink,
    Cancellation cancellation) {}
