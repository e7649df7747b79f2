package org.rapidin.attribution.model.decoder.llama;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.rapidin.attribution.model.decoder.DecoderLayer;
import org.rapidin.attribution.model.decoder.DecoderWeights;
import org.rapidin.attribution.model.decoder.GroupedAttention;
import org.rapidin.attribution.model.decoder.LinearModule;
import org.rapidin.attribution.model.decoder.ModuleTap;
import org.rapidin.attribution.model.decoder.NormModule;
import org.rapidin.attribution.model.decoder.PassContext;

/**
 * One layer: grouped-query attention with rotary positions, then the gated MLP, each added to the
 * stream.
 *
 * @param lease of the layer's weights, closed with the layer
 */
public record LlamaLayer(
    DecoderWeights.Lease lease,
    GroupedAttention attention,
    NormModule inputNorm,
    LinearModule q,
    LinearModule k,
    LinearModule v,
    LinearModule o,
    NormModule middleNorm,
    LinearModule gate,
    LinearModule up,
    LinearModule down)
    implements DecoderLayer {

  @Override
  public NDArray apply(NDArray stream, PassContext context, ModuleTap tap) {
    NDArray attended = attend(inputNorm.apply(stream, tap), context, tap).addi(stream);
    return mlp(middleNorm.apply(attended, tap), tap).addi(attended);
  }

  private NDArray attend(NDArray x, PassContext context, ModuleTap tap) {
    NDArray queries = q.apply(x, tap);
    NDArray keys = k.apply(x, tap);
    NDArray values = v.apply(x, tap);
    return o.apply(attention.apply(queries, keys, values, context), tap);
  }

  private NDArray mlp(NDArray x, ModuleTap tap) {
    NDArray gated = gate.apply(x, tap);
    NDArray silu = JniUtils.sigmoid((PtNDArray) gated).mul(gated);
    return down.apply(silu.mul(up.apply(x, tap)), tap);
  }

  @Override
  public void close() {
    lease.close();
  }
}
