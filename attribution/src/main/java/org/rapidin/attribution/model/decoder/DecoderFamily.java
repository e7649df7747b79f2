package org.rapidin.attribution.model.decoder;

import org.rapidin.attribution.model.file.JsonObject;

/**
 * A family of decoders that share one computation, such as Llama. Its {@link DecoderConfig} knows
 * the parameters and builds the decoder.
 */
public interface DecoderFamily {

  /** The {@code model_type} of its config.json, such as {@code llama}. */
  String modelType();

  /**
   * Interprets a config.json of this family.
   *
   * @throws IllegalArgumentException if it is malformed, or a key changes numbers in a way that is
   *     not implemented; names the key
   */
  DecoderConfig parse(JsonObject config);
}
