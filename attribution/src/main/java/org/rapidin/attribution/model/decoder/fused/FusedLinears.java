package org.rapidin.attribution.model.decoder.fused;

import org.rapidin.attribution.model.decoder.llama.LlamaLayer;

/** The linear layers of a decoder layer. */
record FusedLinears(
    FusedLinear q,
    FusedLinear k,
    FusedLinear v,
    FusedLinear o,
    FusedLinear gate,
    FusedLinear up,
    FusedLinear down) {

  FusedLinears(FusedKernels kernels, LlamaLayer layer) {
    this(
        new FusedLinear(kernels, layer.q()),
        new FusedLinear(kernels, layer.k()),
        new FusedLinear(kernels, layer.v()),
        new FusedLinear(kernels, layer.o()),
        new FusedLinear(kernels, layer.gate()),
        new FusedLinear(kernels, layer.up()),
        new FusedLinear(kernels, layer.down()));
  }
}
