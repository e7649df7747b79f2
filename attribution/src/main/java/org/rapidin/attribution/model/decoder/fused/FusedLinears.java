package org.rapidin.attribution.model.decoder.fused;

/** The linear layers of a decoder layer. */
record FusedLinears(
    FusedLinear q,
    FusedLinear k,
    FusedLinear v,
    FusedLinear o,
    FusedLinear gate,
    FusedLinear up,
    FusedLinear down) {

  FusedLinears(FusedKernels kernels, FusedLayer.Parts parts) {
    this(
        new FusedLinear(kernels, parts.q()),
        new FusedLinear(kernels, parts.k()),
        new FusedLinear(kernels, parts.v()),
        new FusedLinear(kernels, parts.o()),
        new FusedLinear(kernels, parts.gate()),
        new FusedLinear(kernels, parts.up()),
        new FusedLinear(kernels, parts.down()));
  }
}
