package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;

/** An MLP without a gate: y = down(act(up(x))). */
public record PlainMlp(LinearModule up, LinearModule down, Activation activation, Scalars scalars) {

  /**
   * Applies the MLP.
   *
   * @param x float32, [..., hidden]
   */
  public NDArray apply(NDArray x, ModuleTap tap) {
    return down.apply(activation.apply(up.apply(x, tap), scalars), tap);
  }
}
