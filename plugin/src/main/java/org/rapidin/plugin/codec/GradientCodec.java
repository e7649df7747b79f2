package org.rapidin.plugin.codec;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.logging.log4j.Logger;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.opensearch.index.codec.PerFieldMappingPostingFormatCodec;
import org.opensearch.index.mapper.MapperService;
import org.rapidin.plugin.lucene.GradientVectorsFormat;
import org.rapidin.scorer.ElementType;

/**
 * OpenSearch's own codec with {@link GradientVectorsFormat} for gradient vector fields.
 *
 * <p>Segments carry the name of Lucene's codec: they are opened by it, and find the format of each
 * vector field by its name, so reading needs neither this class nor the mapping.
 */
final class GradientCodec extends PerFieldMappingPostingFormatCodec {
  private final MapperService mapperService;
  // One instance per element type: fields that share a format instance share a file.
  private final Map<ElementType, KnnVectorsFormat> formats =
      Stream.of(ElementType.values())
          .collect(Collectors.toUnmodifiableMap(type -> type, GradientVectorsFormat::new));

  GradientCodec(Mode compression, MapperService mapperService, Logger logger) {
    super(compression, mapperService, logger);
    this.mapperService = mapperService;
  }

  @Override
  public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
    return mapperService.fieldType(field) instanceof GradientVectorField gradient
        ? formats.get(gradient.elementType())
        : super.getKnnVectorsFormatForField(field);
  }
}
