package org.rapidin.plugin.mapper;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.instanceOf;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.IndexableField;
import org.apache.lucene.search.FieldExistsQuery;
import org.apache.lucene.search.Query;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.Plugin;
import org.rapidin.scorer.ElementType;

/** The field's mapping and what a document may put into it. */
public class GradientVectorFieldMapperTests extends MapperTestCase {
  private static final Settings INDEX =
      Settings.builder()
          .put(SETTINGS)
          .put("index.codec", "rapidin")
          .put(IndexMetadata.SETTING_INDEX_PROVIDED_NAME, "index")
          .put(IndexMetadata.SETTING_NUMBER_OF_SHARDS, 1)
          .build();

  private Settings indexSettings = INDEX;

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new FieldTypePlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return indexSettings;
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    fieldOf(b, "demo");
  }

  private static void fieldOf(XContentBuilder b, String attributor) throws IOException {
    for (Map.Entry<String, Object> it : TestAttributors.pinnedField(attributor).entrySet()) {
      b.field(it.getKey(), it.getValue());
    }
  }

  /** Adds what the transformer would: an index never has the field without it. */
  @Override
  protected XContentBuilder fieldMapping(CheckedConsumer<XContentBuilder, IOException> field)
      throws IOException {
    return topMapping(
        b -> {
          b.startObject("_source").array("excludes", "field").endObject();
          b.startObject("properties").startObject("field");
          field.accept(b);
          b.endObject().endObject();
        });
  }

  @Override
  protected void writeFieldValue(XContentBuilder b) throws IOException {
    b.value(Base64.getEncoder().encodeToString(ElementType.FLOAT16.encode(vector())));
  }

  private static float[] vector() {
    float[] vector = new float[TestAttributors.DIMENSION];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = i - 100;
    }
    return vector;
  }

  @Override
  protected boolean supportsOrIgnoresBoost() {
    return false;
  }

  @Override
  protected void assertExistsQuery(
      MappedFieldType fieldType, Query query, ParseContext.Document fields) {
    assertEquals(new FieldExistsQuery("field"), query);
    assertNoFieldNamesField(fields);
    assertNotNull(fields.getField("field"));
  }

  @Override
  protected void registerParameters(ParameterChecker checker) throws IOException {
    for (Map.Entry<String, Object> pin :
        Map.<String, Object>of(
                "attributor", "x",
                "fingerprint", "x",
                "dimension", 512,
                "similarity", "cosine",
                "score_scale", 3.5)
            .entrySet()) {
      checker.registerConflictCheck(
          pin.getKey(), fieldMapping(this::minimalMapping), fieldMapping(b -> with(b, pin)));
    }
    checker.registerConflictCheck("element_type", b -> b.field("element_type", "float32"));
    checker.registerConflictCheck(
        "index_options", b -> b.field("index_options", Map.of("candidates", "sign_bits")));
  }

  private static void with(XContentBuilder b, Map.Entry<String, Object> pin) throws IOException {
    Map<String, Object> field = TestAttributors.pinnedField("demo");
    field.put(pin.getKey(), pin.getValue());
    for (Map.Entry<String, Object> it : field.entrySet()) {
      b.field(it.getKey(), it.getValue());
    }
  }

  public void testAnIndexedVectorIsTheDocuments() throws IOException {
    IndexableField[] fields =
        parse(
                createMapperService(fieldMapping(this::minimalMapping)),
                b -> {
                  b.field("field");
                  writeFieldValue(b);
                })
            .getFields("field");
    assertEquals(1, fields.length);
    assertArrayEquals(vector(), ((KnnFloatVectorField) fields[0]).vectorValue(), 0f);
  }

  public void testCosineVectorsAreIndexedWithUnitNorm() throws IOException {
    MapperService mappers = createMapperService(fieldMapping(b -> fieldOf(b, "cos")));
    KnnFloatVectorField field =
        (KnnFloatVectorField) parse(mappers, b -> b.field("field", vector())).getField("field");
    double squares = 0;
    for (float value : field.vectorValue()) {
      squares += (double) value * value;
    }
    assertEquals(1, squares, 1e-6);
  }

  public void testNullIsNoVector() throws IOException {
    MapperService mappers = createMapperService(fieldMapping(this::minimalMapping));
    assertNull(parse(mappers, b -> b.nullField("field")).getField("field"));
  }

  public void testElementTypeIsFloat16UnlessAskedOtherwise() throws IOException {
    MapperService half = createMapperService(fieldMapping(this::minimalMapping));
    assertEquals(ElementType.FLOAT16, fieldType(half).elementType());
    for (ElementType type : ElementType.values()) {
      MapperService asked =
          createMapperService(
              fieldMapping(
                  b -> {
                    minimalMapping(b);
                    b.field("element_type", type.name().toLowerCase(Locale.ROOT));
                  }));
      assertEquals(type, fieldType(asked).elementType());
      assertEquals("fingerprint-of-demo", fieldType(asked).pins().fingerprint());
    }
  }

  public void testCodesHaveAsManyBitsAsTheDimensionUnlessAskedOtherwise() throws IOException {
    assertEquals(0, codeBits(null));
    assertEquals(TestAttributors.DIMENSION, codeBits(Map.of("candidates", "sign_bits")));
    assertEquals(256, codeBits(Map.of("candidates", "sign_bits", "bits", 256)));
  }

  public void testBitsThatAreTheDefaultAreNoConflict() throws IOException {
    Map<String, Object> plain = Map.of("candidates", "sign_bits");
    Map<String, Object> written =
        Map.of("candidates", "sign_bits", "bits", TestAttributors.DIMENSION);
    MapperService mappers = createMapperService(fieldMapping(b -> with(b, plain)));
    merge(mappers, fieldMapping(b -> with(b, written)));
    assertEquals(TestAttributors.DIMENSION, fieldType(mappers).codeBits());
  }

  private int codeBits(Map<String, Object> indexOptions) throws IOException {
    return fieldType(createMapperService(fieldMapping(b -> with(b, indexOptions)))).codeBits();
  }

  private void with(XContentBuilder b, Object indexOptions) throws IOException {
    minimalMapping(b);
    if (indexOptions != null) {
      b.field("index_options", indexOptions);
    }
  }

  public void testIndexOptionsThatAreNotUnderstoodAreRefused() {
    for (Map.Entry<Object, String> wrong :
        Map.<Object, String>of(
                "sign_bits",
                "must be an object such as",
                Map.of("candidates", "hnsw"),
                "takes [candidates] with the value sign_bits",
                Map.of("bits", 256),
                "takes [candidates] with the value sign_bits",
                Map.of("candidates", "sign_bits", "m", 16),
                "takes candidates and bits, got [[m]]",
                Map.of("candidates", "sign_bits", "bits", 300),
                "a power of two of at least 256",
                Map.of("candidates", "sign_bits", "bits", 1 << 20),
                "at most as many [bits] as")
            .entrySet()) {
      assertMappingRefused(wrong.getValue(), b -> with(b, wrong.getKey()));
    }
  }

  public void testAFieldWithoutAPinIsRefused() {
    for (String pin : List.of("dimension", "fingerprint", "similarity", "score_scale")) {
      Map<String, Object> field = TestAttributors.pinnedField("demo");
      field.remove(pin);
      assertMappingRefused(
          "field [field] of type [gradient_vector] has no [" + pin + "]",
          b -> {
            for (Map.Entry<String, Object> it : field.entrySet()) {
              b.field(it.getKey(), it.getValue());
            }
          });
    }
  }

  public void testParametersThatMakeNoSenseAreRefused() {
    for (String parameter : GradientVectorFieldMapper.refusedParameters()) {
      assertMappingRefused(
          "field [field] of type [gradient_vector] takes no parameter [" + parameter + "]",
          b -> {
            minimalMapping(b);
            b.field(parameter, true);
          });
    }
    assertMappingRefused(
        "unknown parameter [ignore_above]",
        b -> {
          minimalMapping(b);
          b.field("ignore_above", 3);
        });
  }

  public void testAMultiFieldIsRefused() {
    assertMappingRefused(
        "field [vector] of type [gradient_vector] cannot be a multi-field",
        b -> {
          b.field("type", "keyword").startObject("fields").startObject("vector");
          minimalMapping(b);
          b.endObject().endObject();
        });
  }

  public void testANestedFieldIsRefused() {
    Exception thrown =
        expectThrows(
            Exception.class,
            () ->
                createMapperService(
                    mapping(
                        b -> {
                          b.startObject("n").field("type", "nested").startObject("properties");
                          b.startObject("field");
                          minimalMapping(b);
                          b.endObject().endObject().endObject();
                        })));
    assertThat(
        thrown.getMessage(),
        containsString(
            "field [n.field] of type [gradient_vector] cannot be inside the nested object [n]"));
  }

  public void testASecondValueIsRefused() throws IOException {
    MapperService mappers =
        createMapperService(
            topMapping(
                b -> {
                  b.startObject("_source").array("excludes", "o.field").endObject();
                  b.startObject("properties").startObject("o").startObject("properties");
                  b.startObject("field");
                  minimalMapping(b);
                  b.endObject().endObject().endObject().endObject();
                }));
    assertDocumentRefused(
        mappers,
        "field [o.field] takes one vector a document, the document has more",
        b -> {
          b.startArray("o");
          b.startObject().field("field", vector()).endObject();
          b.startObject().field("field", vector()).endObject();
          b.endArray();
        });
  }

  public void testABadValueIsRefusedWithoutQuotingItEvenWhereMalformedValuesAreIgnored()
      throws IOException {
    indexSettings =
        Settings.builder().put(INDEX).put("index.mapping.ignore_malformed", true).build();
    MapperService mappers = createMapperService(fieldMapping(this::minimalMapping));
    Exception thrown =
        assertDocumentRefused(
            mappers,
            "failed to parse field [field] of type [gradient_vector] in document with id '1':"
                + " field [field] has dimension 256, the value has 3 numbers",
            b -> b.array("field", 12345.5, 2, 3));
    assertThat(thrown.toString(), not(containsString("12345")));
  }

  public void testADocumentIsRefusedWhereSourceWouldKeepTheVector() throws IOException {
    MapperService mappers =
        createMapperService(
            mapping(
                b -> {
                  b.startObject("field");
                  minimalMapping(b);
                  b.endObject();
                }));
    assertDocumentRefused(
        mappers,
        "_source of the index would keep the vector: create the index with \"_source\":"
            + " {\"excludes\": [\"field\"]} in its mapping",
        b -> b.field("field", vector()));
  }

  public void testAnIndexWithoutTheCodecOrWithKnnIsRefused() {
    indexSettings = Settings.builder().put(INDEX).put("index.codec", "default").build();
    assertMappingRefused(
        "field [field] of type [gradient_vector] needs the index setting [index.codec: rapidin],"
            + " the index has [default]",
        this::minimalMapping);
    indexSettings = Settings.builder().put(INDEX).put("index.knn", true).build();
    assertMappingRefused("cannot be in an index with [index.knn: true]", this::minimalMapping);
  }

  public void testATemplateIsParsedWithoutTheCodec() throws IOException {
    indexSettings = SETTINGS;
    assertNotNull(fieldType(createMapperService(fieldMapping(this::minimalMapping))));
  }

  public void testOtherQueriesSortingAndAggregationsAreRefused() throws IOException {
    MapperService mappers = createMapperService(fieldMapping(this::minimalMapping));
    GradientVectorFieldType type = fieldType(mappers);
    QueryShardException term =
        expectThrows(
            QueryShardException.class, () -> type.termQuery("x", createQueryShardContext(mappers)));
    assertThat(term.getMessage(), containsString("search it with the [influence] query"));
    assertFalse(type.isAggregatable());
    assertThat(
        expectThrows(Exception.class, () -> type.fielddataBuilder("index", null)),
        instanceOf(IllegalArgumentException.class));
    assertThat(type.valueFetcher(null, null, null).fetchValues(null), empty());
  }

  private static GradientVectorFieldType fieldType(MapperService mappers) {
    return (GradientVectorFieldType) mappers.fieldType("field");
  }

  private ParseContext.Document parse(
      MapperService mappers, CheckedConsumer<XContentBuilder, IOException> document)
      throws IOException {
    return mappers.documentMapper().parse(source(document)).rootDoc();
  }

  private void assertMappingRefused(
      String sentence, CheckedConsumer<XContentBuilder, IOException> field) {
    Exception thrown =
        expectThrows(MapperParsingException.class, () -> createMapperService(fieldMapping(field)));
    assertThat(thrown.getMessage(), containsString(sentence));
  }

  private Exception assertDocumentRefused(
      MapperService mappers,
      String sentence,
      CheckedConsumer<XContentBuilder, IOException> document) {
    Exception thrown = expectThrows(MapperParsingException.class, () -> parse(mappers, document));
    assertThat(thrown.getMessage(), containsString(sentence));
    return thrown;
  }
}
