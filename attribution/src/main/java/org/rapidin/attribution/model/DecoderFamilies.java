package org.rapidin.attribution.model;

import java.util.List;
import org.rapidin.attribution.model.decoder.DecoderConfig;
import org.rapidin.attribution.model.decoder.DecoderFamily;
import org.rapidin.attribution.model.decoder.gemma2.Gemma2Family;
import org.rapidin.attribution.model.decoder.gemma3.Gemma3Family;
import org.rapidin.attribution.model.decoder.gpt2.Gpt2Family;
import org.rapidin.attribution.model.decoder.gptneox.GptNeoxFamily;
import org.rapidin.attribution.model.decoder.granite.GraniteFamily;
import org.rapidin.attribution.model.decoder.llama.LlamaFamily;
import org.rapidin.attribution.model.decoder.mistral.MistralFamily;
import org.rapidin.attribution.model.decoder.mixtral.MixtralFamily;
import org.rapidin.attribution.model.decoder.olmo2.Olmo2Family;
import org.rapidin.attribution.model.decoder.phi3.Phi3Family;
import org.rapidin.attribution.model.decoder.qwen2.Qwen2Family;
import org.rapidin.attribution.model.decoder.qwen3.Qwen3Family;
import org.rapidin.attribution.model.file.JsonObject;

/** The decoder families that are supported. */
public final class DecoderFamilies {
  private static final List<DecoderFamily> ALL =
      List.of(
          new LlamaFamily(),
          new MistralFamily(),
          new MixtralFamily(),
          new Qwen2Family(),
          new Qwen3Family(),
          new Gemma2Family(),
          new Gemma3Family(),
          new Phi3Family(),
          new Olmo2Family(),
          new GraniteFamily(),
          new Gpt2Family(),
          new GptNeoxFamily());

  private DecoderFamilies() {}

  /**
   * Interprets a config.json by its {@code model_type}.
   *
   * @throws IllegalArgumentException if the family is not supported, or the configuration is not;
   *     see {@link DecoderFamily#parse}
   */
  public static DecoderConfig parse(JsonObject config) {
    String type = config.text("model_type", "");
    return ALL.stream()
        .filter(family -> family.modelType().equals(type))
        .findFirst()
        .orElseThrow(() -> unsupported(type))
        .parse(config);
  }

  private static IllegalArgumentException unsupported(String type) {
    List<String> types = ALL.stream().map(DecoderFamily::modelType).toList();
    return new IllegalArgumentException(
        "config.json: model_type [%s] is not supported, these are: %s"
            .formatted(type, String.join(", ", types)));
  }
}
