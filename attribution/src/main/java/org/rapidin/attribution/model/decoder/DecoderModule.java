package org.rapidin.attribution.model.decoder;

/** A part of a decoder that has its own parameters. */
public sealed interface DecoderModule permits LinearModule, NormModule, EmbeddingModule {

  /** Its Hugging Face name, such as {@code model.layers.0.self_attn.q_proj}. */
  String name();
}
