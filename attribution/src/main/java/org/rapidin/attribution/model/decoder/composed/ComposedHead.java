package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * The final normalization and the head, whose logits may be scaled and capped.
 *
 * @param lease of the weights, closed with the head
 */
record ComposedHead(
    DecoderWeights.Lease lease,
    NormModule norm,
    LinearModule linear,
    DecoderShape shape,
    Constants constants)
    implements DecoderHead {

  @Override
  public NDArray normalize(NDArray stream, ModuleTap tap) {
    return norm.apply(stream, tap);
  }

  @Override
  public NDArray logits(NDArray normalized, ModuleTap tap) {
    NDArray logits = scaled(linear.apply(normalized, tap));
    if (shape.logitCap() == 0) {
      return logits;
    }
    NDArray cap = constants.scalar(shape.logitCap());
    return logits.div(cap).tanh().mul(cap);
  }

  /** Of y = c·tanh(f·x/c) the derivative is f·(1 - (y/c)²). */
  @Override
  public NDArray atLinear(NDArray logits, NDArray delta) {
    if (shape.logitCap() == 0) {
      return scaled(delta);
    }
    NDArray share = logits.div(constants.scalar(shape.logitCap()));
    return scaled(delta.mul(constants.scalar(1).sub(share.square())));
  }

  private NDArray scaled(NDArray array) {
    double factor = shape.logitFactor();
    return factor == 1 ? array : array.mul(constants.scalar(factor));
  }

  @Override
  public void close() {
    lease.close();
  }
}
