package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;

/**
 * What the head gives to the layers below.
 *
 * @param losses of the N predictions, in nats, unweighted
 * @param delta gradient of each weighted loss at its position of the last layer's output, float32,
 *     [N, hidden]
 */
record HeadDeltas(float[] losses, NDArray delta) {}
