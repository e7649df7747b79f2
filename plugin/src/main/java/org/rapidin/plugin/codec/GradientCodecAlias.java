package org.rapidin.plugin.codec;

import java.util.Set;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.opensearch.index.codec.CodecAliases;

/**
 * Makes the names of {@link GradientCodecs} valid values of {@code index.codec}: OpenSearch accepts
 * the names and aliases of codecs that Lucene's service loader finds. No segment is ever written
 * with it.
 */
public final class GradientCodecAlias extends FilterCodec implements CodecAliases {
  /** For the service loader. */
  public GradientCodecAlias() {
    super("RapidInAlias", new Lucene104Codec());
  }

  @Override
  public Set<String> aliases() {
    return GradientCodecs.NAMES;
  }
}
