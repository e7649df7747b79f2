package org.rapidin.attribution.gradient;

/** Takes gradients as a pass computes them. Called by one thread at a time. */
@FunctionalInterface
public interface TensorSink {

  /**
   * Takes the gradients of one parameter tensor for one or more rows. A row is a sample of the
   * batch, or a token where tokens were asked for. Over a pass every parameter of every row comes
   * once.
   *
   * @param gradient its arrays are valid only during the call
   */
  void accept(TensorGradient gradient);
}
