package org.rapidin.plugin.mapper;

import java.util.Optional;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperParsingException;
import org.rapidin.plugin.codec.GradientCodecs;

/** What an index needs to hold gradient vectors. */
final class IndexRequirements {
  private IndexRequirements() {}

  /**
   * Checks the settings that a mapping is parsed with, if they are an index's.
   *
   * <p>Templates are parsed too, to validate them, with no more settings than they have themselves;
   * what they lack may come from another one. Only an index knows the name it was asked for.
   *
   * @throws MapperParsingException if the index lacks something
   */
  static void requireIfIndex(String field, Settings settings) {
    if (settings.hasValue(IndexMetadata.SETTING_INDEX_PROVIDED_NAME)) {
      violation(field, settings)
          .ifPresent(
              sentence -> {
                throw new MapperParsingException(sentence);
              });
    }
  }

  /**
   * The sentence that says what an index lacks.
   *
   * @param field full name, for the sentence
   * @param settings the index's
   * @return empty if it lacks nothing
   */
  static Optional<String> violation(String field, Settings settings) {
    if (!hasCodec(settings)) {
      return Optional.of(
          "field [%s] of type [gradient_vector] needs the index setting [index.codec: rapidin], the index has [%s]: create the index with \"settings\": {\"index.codec\": \"rapidin\"}, or \"rapidin_best_compression\""
              .formatted(field, EngineConfig.INDEX_CODEC_SETTING.get(settings)));
    }
    if (settings.getAsBoolean("index.knn", false)) {
      return Optional.of(
          "field [%s] of type [gradient_vector] cannot be in an index with [index.knn: true], where k-NN chooses the vectors format: put it into a separate index"
              .formatted(field));
    }
    return Optional.empty();
  }

  /** Whether an index writes with the codec that brings the vectors format. */
  static boolean hasCodec(Settings settings) {
    return GradientCodecs.isChosen(settings);
  }
}
