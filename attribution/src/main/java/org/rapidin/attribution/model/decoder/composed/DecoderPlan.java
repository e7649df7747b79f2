package org.rapidin.attribution.model.decoder.composed;

import org.rapidin.attribution.model.decoder.ModelLayout;

/** What a family's layers are made of and how they compute. Immutable, equal if the model is. */
public interface DecoderPlan {

  /** Names of the modules outside of the layers. */
  ModuleNames names();

  /** Adds the parameters of a layer to the layout. */
  void declare(LayerLayout layer);

  /**
   * Composes the computation of a layer.
   *
   * @param modules the layer's, with their weights in memory
   */
  LayerBody body(LayerModules modules);

  /** Adds what the family's files and adapters have beyond parameters. */
  default ModelLayout.Builder describe(ModelLayout.Builder layout) {
    return layout;
  }

  /**
   * Output widths of the linear modules that a token passes in a layer.
   *
   * @param all sum of the output widths of a layer's linear modules
   * @param rows sequences of the batch
   */
  default long linearWidths(long all, int rows) {
    return all;
  }

  /**
   * Numbers for each token that a layer takes under automatic differentiation beyond those of a
   * layer of Llama's shape.
   *
   * @param keys that a query is compared with, on average
   * @param rows sequences of the batch
   */
  long additionalFloats(long keys, int rows);
}
