package org.rapidin.plugin.codec;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.StoredFieldsFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.opensearch.index.mapper.MapperService;
import org.rapidin.plugin.lucene.GradientVectorsFormat;
import org.rapidin.scorer.ElementType;

/**
 * One of OpenSearch's codecs with {@link GradientVectorsFormat} for gradient vector fields.
 *
 * <p>Segments carry the name of the wrapped codec: they are opened by it, and find the format of
 * each vector field by its name, so reading needs neither this class nor the mapping.
 */
final class GradientCodec extends FilterCodec {
  // One instance for each kind of rows: fields that share a format instance share a file.
  private final Map<Rows, KnnVectorsFormat> formats = new ConcurrentHashMap<>();
  private final KnnVectorsFormat vectors;
  private final StoredFieldsFormat storedFields;

  /**
   * @param wrapped chooses everything else
   * @param storedFields writes files that the wrapped codec reads
   * @param mapperService which fields are gradient fields
   */
  GradientCodec(Codec wrapped, StoredFieldsFormat storedFields, MapperService mapperService) {
    super(wrapped.getName(), wrapped);
    this.storedFields = storedFields;
    this.vectors =
        new PerFieldKnnVectorsFormat() {
          @Override
          public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
            return mapperService.fieldType(field) instanceof GradientVectorField gradient
                ? format(gradient)
                : ofWrapped(field);
          }
        };
  }

  private record Rows(ElementType elementType, int codeBits, int graphRows) {}

  private KnnVectorsFormat format(GradientVectorField field) {
    return formats.computeIfAbsent(
        new Rows(
            field.elementType(),
            field.codeBits(),
            field.hasGraph() ? GradientVectorsFormat.FEW_GRAPH_ROWS : 0),
        rows -> new GradientVectorsFormat(rows.elementType, rows.codeBits, rows.graphRows));
  }

  private KnnVectorsFormat ofWrapped(String field) {
    return delegate.knnVectorsFormat() instanceof PerFieldKnnVectorsFormat perField
        ? perField.getKnnVectorsFormatForField(field)
        : delegate.knnVectorsFormat();
  }

  @Override
  public KnnVectorsFormat knnVectorsFormat() {
    return vectors;
  }

  @Override
  public StoredFieldsFormat storedFieldsFormat() {
    return storedFields;
  }
}
