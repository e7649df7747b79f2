package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;

/**
 * What one backward pass carries from layer to layer.
 *
 * @param rows of the sink that it fills
 * @param delta gradient at the stream, float32, [rows, T, hidden]; null below the lowest layer that
 *     the pass reaches
 */
record Seed(PassRows rows, NDArray delta) {}
