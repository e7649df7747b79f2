package org.rapidin.attribution.compression;

/**
 * The part of a vector that a two-sided projection makes of a linear layer's gradient [n_o, n_i].
 *
 * @param outputs k_o, its rows, from 1 to n_o
 * @param inputs k_i, its columns, from 1 to n_i
 */
public record Block(int outputs, int inputs) {

  /** Returns k_o·k_i. */
  public int numbers() {
    return Math.multiplyExact(outputs, inputs);
  }
}
