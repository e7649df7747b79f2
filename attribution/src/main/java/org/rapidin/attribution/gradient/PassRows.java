package org.rapidin.attribution.gradient;

import ai.djl.ndarray.NDArray;

/**
 * Which rows of the sink one backward pass fills.
 *
 * @param first index of the sink's first row
 * @param steps how many positions can have a δ other than 0
 * @param headStarts length rows + 1: where each row's predictions begin among those of the head
 */
record PassRows(int first, int steps, int[] headStarts) {

  /** Number of rows. */
  int count() {
    return headStarts.length - 1;
  }

  /**
   * The positions of [R, T, ...] that can have a δ, [R, steps, ...]; a view. Modules that are given
   * some positions only, in order, have all of theirs that can.
   */
  NDArray steps(NDArray array) {
    return array.getShape().get(1) <= steps ? array : array.get(":,0:" + steps);
  }
}
