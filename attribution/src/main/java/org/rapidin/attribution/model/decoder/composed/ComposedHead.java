package org.rapidin.attribution.model.decoder.composed;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.torch.TorchMemory;

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
    Scalars scalars)
    implements DecoderHead {

  @Override
  public NDArray normalize(NDArray stream, ModuleTap tap) {
    return norm.apply(stream, tap);
  }

  @Override
  public NDArray linear(NDArray normalized, ModuleTap tap) {
    return linear.apply(normalized, tap);
  }

  @Override
  public NDArray logits(NDArray normalized, ModuleTap tap) {
    NDArray logits = linear(normalized, tap);
    if (shape.logitFactor() != 1) {
      logits = logits.mul(scalars.of(shape.logitFactor()));
    }
    if (shape.logitCap() == 0) {
      return logits;
    }
    NDArray cap = scalars.of(shape.logitCap());
    return logits.div(cap).tanh().mul(cap);
  }

  @Override
  public void toLogits(NDArray linear) {
    scale(linear);
    if (shape.logitCap() != 0) {
      NDArray cap = scalars.of(shape.logitCap());
      try (NDArray share = linear.divi(cap).tanh()) {
        TorchMemory.copyInto(linear, 0, share);
      }
      linear.muli(cap);
    }
  }

  /** Of y = c·tanh(f·x/c) the derivative is f·(1 - (y/c)²). */
  @Override
  public void toLinear(NDArray logits, NDArray delta) {
    if (shape.logitCap() != 0) {
      logits.divi(scalars.of(shape.logitCap()));
      logits.muli(logits).subi(scalars.of(1)).negi();
      delta.muli(logits);
    }
    scale(delta);
  }

  private void scale(NDArray array) {
    if (shape.logitFactor() != 1) {
      array.muli(scalars.of(shape.logitFactor()));
    }
  }

  @Override
  public void close() {
    lease.close();
  }
}
