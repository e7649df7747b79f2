package org.rapidin.plugin.mapper;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.lucene.document.FieldType;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.VectorEncoding;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.opensearch.core.xcontent.XContentParser.Token;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MappingLookup;
import org.opensearch.index.mapper.ParametrizedFieldMapper;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.mapper.SourceFieldMapper;
import org.rapidin.attribution.AttributorSpec.Similarity;
import org.rapidin.attribution.GradientVector;
import org.rapidin.plugin.lucene.ScanEngines;

/**
 * Puts a document's vector into the index: checked, of unit norm where the similarity is cosine,
 * with its {@link org.rapidin.plugin.lucene.VectorOrigin}, and kept nowhere else. One value a
 * document.
 */
public final class GradientVectorFieldMapper extends ParametrizedFieldMapper {
  private final PinnedAttributor pins;
  private final FieldType luceneType;

  GradientVectorFieldMapper(String simpleName, GradientVectorFieldType fieldType) {
    super(simpleName, fieldType, MultiFields.empty(), CopyTo.empty());
    this.pins = fieldType.pins();
    this.luceneType = luceneType(pins.dimension());
  }

  /**
   * Reads the field type {@code gradient_vector}. A pure function of the mapping: it runs in
   * cluster state appliers and at restart, where nothing may be looked up.
   *
   * @param engines score the fields' rows; asked when a field is searched
   */
  public static Mapper.TypeParser parser(Supplier<ScanEngines> engines) {
    return (name, node, context) -> GradientVectorFieldBuilder.parse(name, node, context, engines);
  }

  private static FieldType luceneType(int dimension) {
    FieldType type = new FieldType();
    type.setVectorAttributes(
        dimension, VectorEncoding.FLOAT32, VectorSimilarityFunction.MAXIMUM_INNER_PRODUCT);
    type.freeze();
    return type;
  }

  @Override
  public GradientVectorFieldType fieldType() {
    return (GradientVectorFieldType) super.fieldType();
  }

  @Override
  public boolean parsesArrayValue() {
    return true;
  }

  /**
   * Parses without the base class's message, which quotes the value: 175 KB of a gradient that can
   * be inverted to text. A bad value is refused even where {@code index.mapping.ignore_malformed}
   * is set: the document would silently be without its vector.
   */
  @Override
  public void parse(ParseContext context) throws IOException {
    try {
      parseCreateField(context);
    } catch (IllegalArgumentException refused) {
      throw new MapperParsingException(
          "failed to parse field [{}] of type [{}] in document with id '{}': {}",
          refused,
          name(),
          contentType(),
          context.sourceToParse().id(),
          refused.getMessage());
    }
  }

  @Override
  protected void parseCreateField(ParseContext context) throws IOException {
    if (context.parser().currentToken() == Token.VALUE_NULL) {
      return;
    }
    requireLeftOutOfSource(context.docMapper().sourceMapper());
    GradientValue value =
        GradientValue.read(context.parser(), name(), pins, fieldType().elementType());
    if (context.doc().getByKey(name()) != null) {
      refuse("field [" + name() + "] takes one vector a document, the document has more");
    }
    GradientVector vector =
        pins.similarity() == Similarity.COSINE ? value.vector().toUnitNorm() : value.vector();
    context.doc().addWithKey(name(), new KnnFloatVectorField(name(), vector.values(), luceneType));
    context.doc().addAll(value.origin().fields(name()));
  }

  private void requireLeftOutOfSource(SourceFieldMapper source) {
    if (source.enabled()
        && !SourceExclusion.leavesOut(name(), source.getIncludes(), source.getExcludes())) {
      refuse(
          "_source of the index would keep the vector: create the index with \"_source\": {\"excludes\": [\"%s\"]} in its mapping"
              .formatted(name()));
    }
  }

  private static void refuse(String sentence) {
    throw new IllegalArgumentException(sentence);
  }

  @Override
  protected void doValidate(MappingLookup mappers) {
    String nested = mappers.getNestedScope(name());
    if (nested != null) {
      refuse(
          "field [%s] of type [gradient_vector] cannot be inside the nested object [%s]: a document has one vector, put the field outside of it"
              .formatted(name(), nested));
    }
  }

  @Override
  public Builder getMergeBuilder() {
    return new GradientVectorFieldBuilder(simpleName(), fieldType().engineSupplier()).init(this);
  }

  @Override
  protected String contentType() {
    return GradientVectorFieldType.TYPE;
  }

  /** The parameters that cannot stand in a mapping of this type. */
  static List<String> refusedParameters() {
    return List.of("fields", "copy_to", "index", "doc_values", "store", "boost", "null_value");
  }
}
