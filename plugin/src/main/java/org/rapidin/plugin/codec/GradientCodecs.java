package org.rapidin.plugin.codec;

import java.util.Map;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec.Mode;
import org.opensearch.index.IndexSettings;
import org.opensearch.index.codec.AdditionalCodecs;
import org.opensearch.index.mapper.MapperService;

/** The codecs that the plugin adds to OpenSearch's own: {@code index.codec: rapidin}. */
public final class GradientCodecs implements AdditionalCodecs {
  /** The value of {@code index.codec} that a gradient vector field needs. */
  public static final String NAME = "rapidin";

  private static final Logger LOGGER = LogManager.getLogger(GradientCodecs.class);

  /**
   * @param mapperService null where OpenSearch only wants to know the names; then Lucene's codec
   *     stands in
   */
  @Override
  public Map<String, Codec> getCodecs(
      MapperService mapperService, IndexSettings indexSettings, Supplier<Codec> defaultCodec) {
    return Map.of(
        NAME,
        mapperService == null
            ? defaultCodec.get()
            : new GradientCodec(Mode.BEST_SPEED, mapperService, LOGGER));
  }
}
