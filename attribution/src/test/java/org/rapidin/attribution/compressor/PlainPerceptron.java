package org.rapidin.attribution.compressor;

/**
 * A multilayer perceptron with ReLU between its layers and no biases, in double and number by
 * number: the gradient of the cross-entropy of one input at each layer's weight.
 *
 * @param weights of each layer, [outputs][inputs]
 */
record PlainPerceptron(double[][][] weights) {

  /** Gradients of all weights. */
  double[][][] gradients(double[] x, int target) {
    double[][] inputs = new double[weights.length][];
    double[] y = x;
    for (int layer = 0; layer < weights.length; layer++) {
      inputs[layer] = y;
      y = new double[weights[layer].length];
      for (int o = 0; o < y.length; o++) {
        for (int i = 0; i < inputs[layer].length; i++) {
          y[o] += weights[layer][o][i] * inputs[layer][i];
        }
        y[o] = layer < weights.length - 1 ? Math.max(0, y[o]) : y[o];
      }
    }
    double[][][] gradients = new double[weights.length][][];
    double[] delta = atLogits(y, target);
    for (int layer = weights.length - 1; layer >= 0; layer--) {
      gradients[layer] = outer(delta, inputs[layer]);
      delta = below(layer, delta, inputs[layer]);
    }
    return gradients;
  }

  private static double[] atLogits(double[] logits, int target) {
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit);
    }
    double[] delta = new double[logits.length];
    for (int o = 0; o < logits.length; o++) {
      delta[o] = Math.exp(logits[o]) / sum - (o == target ? 1 : 0);
    }
    return delta;
  }

  private static double[][] outer(double[] delta, double[] input) {
    double[][] product = new double[delta.length][input.length];
    for (int o = 0; o < delta.length; o++) {
      for (int i = 0; i < input.length; i++) {
        product[o][i] = delta[o] * input[i];
      }
    }
    return product;
  }

  /** A unit that the layer below left at 0 passes nothing on. */
  private double[] below(int layer, double[] delta, double[] input) {
    double[] sums = new double[input.length];
    for (int i = 0; i < input.length; i++) {
      for (int o = 0; o < delta.length && input[i] > 0; o++) {
        sums[i] += weights[layer][o][i] * delta[o];
      }
    }
    return sums;
  }
}
