package org.rapidin.plugin.mapper;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.instanceOf;

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
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MappedFieldType;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperTestCase;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.index.query.QueryShardException;
import org.opensearch.plugins.Plugin;
import org.rapidin.scorer.ElementType;

/** The field's mapping, what a document puts into it, and what OpenSearch asks of every mapper. */
public class GradientVectorFieldMapperTests extends MapperTestCase {

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new FieldTypePlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return GradientField.INDEX;
  }

  @Override
  protected void minimalMapping(XContentBuilder b) throws IOException {
    GradientField.pinned(b, "demo");
  }

  @Override
  protected XContentBuilder fieldMapping(CheckedConsumer<XContentBuilder, IOException> field)
      throws IOException {
    return topMapping(GradientField.mapping(field));
  }

  @Override
  protected void writeFieldValue(XContentBuilder b) throws IOException {
    b.value(Base64.getEncoder().encodeToString(ElementType.FLOAT16.encode(GradientField.vector())));
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
    GradientField.write(b, field);
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
    assertArrayEquals(GradientField.vector(), ((KnnFloatVectorField) fields[0]).vectorValue(), 0f);
  }

  public void testCosineVectorsAreIndexedWithUnitNorm() throws IOException {
    MapperService mappers = createMapperService(fieldMapping(b -> GradientField.pinned(b, "cos")));
    KnnFloatVectorField field =
        (KnnFloatVectorField)
            parse(mappers, b -> b.field("field", GradientField.vector())).getField("field");
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
    assertEquals(ElementType.FLOAT16, GradientField.type(half).elementType());
    for (ElementType type : ElementType.values()) {
      MapperService asked =
          createMapperService(
              fieldMapping(
                  b -> {
                    minimalMapping(b);
                    b.field("element_type", type.name().toLowerCase(Locale.ROOT));
                  }));
      assertEquals(type, GradientField.type(asked).elementType());
      assertEquals("fingerprint-of-demo", GradientField.type(asked).pins().fingerprint());
    }
  }

  public void testCodesHaveAsManyBitsAsTheDimensionUnlessAskedOtherwise() throws IOException {
    assertEquals(0, codeBits(null));
    assertEquals(TestAttributors.DIMENSION, codeBits(Map.of("candidates", "sign_bits")));
    assertEquals(256, codeBits(Map.of("candidates", "sign_bits", "bits", 256)));
  }

  public void testGraphsAreOnlyMadeWhereTheyAreAskedFor() throws IOException {
    for (String candidates : List.of("sign_bits", "hnsw")) {
      Map<String, Object> options = Map.of("candidates", candidates, "bits", 256);
      MapperService mappers = createMapperService(fieldMapping(b -> with(b, options)));
      assertEquals(candidates.equals("hnsw"), GradientField.type(mappers).hasGraph());
      assertEquals(256, GradientField.type(mappers).codeBits());
      assertTrue(
          mappers.documentMapper().mappingSource().toString(),
          mappers.documentMapper().mappingSource().toString().contains(candidates));
    }
  }

  public void testBitsThatAreTheDefaultAreNoConflict() throws IOException {
    Map<String, Object> plain = Map.of("candidates", "sign_bits");
    Map<String, Object> written =
        Map.of("candidates", "sign_bits", "bits", TestAttributors.DIMENSION);
    MapperService mappers = createMapperService(fieldMapping(b -> with(b, plain)));
    merge(mappers, fieldMapping(b -> with(b, written)));
    assertEquals(TestAttributors.DIMENSION, GradientField.type(mappers).codeBits());
  }

  private int codeBits(Map<String, Object> indexOptions) throws IOException {
    return GradientField.type(createMapperService(fieldMapping(b -> with(b, indexOptions))))
        .codeBits();
  }

  private void with(XContentBuilder b, Object indexOptions) throws IOException {
    minimalMapping(b);
    if (indexOptions != null) {
      b.field("index_options", indexOptions);
    }
  }

  public void testOtherQueriesSortingAndAggregationsAreRefused() throws IOException {
    MapperService mappers = createMapperService(fieldMapping(this::minimalMapping));
    GradientVectorFieldType type = GradientField.type(mappers);
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

  private ParseContext.Document parse(
      MapperService mappers, CheckedConsumer<XContentBuilder, IOException> document)
      throws IOException {
    return mappers.documentMapper().parse(source(document)).rootDoc();
  }
}
