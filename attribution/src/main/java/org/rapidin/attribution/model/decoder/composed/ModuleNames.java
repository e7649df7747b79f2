package org.rapidin.attribution.model.decoder.composed;

/**
 * Names of a family's modules outside of its layers.
 *
 * @param embedding of tokens
 * @param positions the table of positions; empty if there is none
 * @param layers what the names of the layers' modules begin with, before the layer's index
 * @param norm the final normalization
 * @param head the head's linear layer
 */
public record ModuleNames(
    String embedding, String positions, String layers, String norm, String head) {
  /** Names of most families. */
  public static final ModuleNames USUAL =
      new ModuleNames("model.embed_tokens", "", "model.layers", "model.norm", "lm_head");

  /** The name of a layer's module. */
  String layer(int index, String module) {
    return "%s.%s.%s".formatted(layers, index, module);
  }
}
