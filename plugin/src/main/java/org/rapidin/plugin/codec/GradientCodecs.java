package org.rapidin.plugin.codec;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec.Mode;
import org.opensearch.common.settings.Settings;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.codec.PerFieldMappingPostingFormatCodec;
import org.opensearch.index.codec.composite.CompositeCodecFactory;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperService;

/**
 * The codecs that the plugin adds to OpenSearch's own, as values of {@code index.codec}: {@code
 * rapidin} is the default codec and {@code rapidin_best_compression} is {@code best_compression},
 * each with the vectors format. Composite (star-tree) fields keep their formats.
 */
public final class GradientCodecs implements AdditionalCodecs {
  /** The default codec with the vectors format. */
  public static final String NAME = "rapidin";

  /** {@code best_compression} with the vectors format. */
  public static final String BEST_COMPRESSION = "rapidin_best_compression";

  /** The values of {@code index.codec} of which a gradient vector field needs one. */
  public static final SortedSet<String> NAMES = new TreeSet<>(Set.of(NAME, BEST_COMPRESSION));

  private static final Logger LOGGER = LogManager.getLogger(GradientCodecs.class);

  /** Whether an index's settings choose one of these codecs. */
  public static boolean isChosen(Settings settings) {
    return NAMES.contains(EngineConfig.INDEX_CODEC_SETTING.get(settings));
  }

  /**
   * @param mapperService null where OpenSearch only asks for the names; then Lucene's codec is used
   */
  @Override
  public Map<String, Codec> getCodecs(
      MapperService mapperService, IndexSettings indexSettings, Supplier<Codec> defaultCodec) {
    Codec fast = defaultCodec.get();
    if (mapperService == null) {
      return Map.of(NAME, fast, BEST_COMPRESSION, fast);
    }
    Codec best = bestCompression(mapperService);
    return Map.of(
        NAME,
        new GradientCodec(fast, SampledStoredFields.of(fast.storedFieldsFormat()), mapperService),
        BEST_COMPRESSION,
        new GradientCodec(best, best.storedFieldsFormat(), mapperService));
  }

  private static Codec bestCompression(MapperService mapperService) {
    return mapperService.isCompositeIndexPresent()
        ? new CompositeCodecFactory()
            .getCompositeIndexCodecs(mapperService, LOGGER)
            .get(CodecService.BEST_COMPRESSION_CODEC)
        : new PerFieldMappingPostingFormatCodec(Mode.BEST_COMPRESSION, mapperService, LOGGER);
  }
}
