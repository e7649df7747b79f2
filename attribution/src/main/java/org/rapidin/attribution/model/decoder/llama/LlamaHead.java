package org.rapidin.attribution.model.decoder.llama;

import ai.djl.ndarray.NDArray;
import org.rapidin.attribution.model.decoder.DecoderHead;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;

/**
 * The final RMS normalization and the head.
 *
 * @param lease of the weights, closed with the head
 */
public record LlamaHead(DecoderWeights.Lease lease, NormModule norm, LinearModule linear)
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
  public void close() {
    lease.close();
  }
}
