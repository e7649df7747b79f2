package org.rapidin.attribution.gradient;

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
}
