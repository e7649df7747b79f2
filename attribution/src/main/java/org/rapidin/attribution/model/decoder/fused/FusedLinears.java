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

  FusedLinears(FusedKernels kernels, RowOperations rows, LlamaLayer layer) {
    this(
        new FusedLinear(kernels, rows, layer.q()),
        new FusedLinear(kernels, rows, layer.k()),
        new FusedLinear(kernels, rows, layer.v()),
        new FusedLinear(kernels, rows, layer.o()),
        new FusedLinear(kernels, rows, layer.gate()),
        new FusedLinear(kernels, rows, layer.up()),
        new FusedLinear(kernels, rows, layer.down()));
  }
}
