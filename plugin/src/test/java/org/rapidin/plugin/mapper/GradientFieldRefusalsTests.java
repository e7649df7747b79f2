package org.rapidin.plugin.mapper;

import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.mapper.MapperParsingException;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.index.mapper.ParseContext;
import org.opensearch.plugins.Plugin;

/** Mappings and documents that the field refuses. */
public class GradientFieldRefusalsTests extends MapperServiceTestCase {
  private Settings indexSettings = GradientField.INDEX;

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new FieldTypePlugin());
  }

  @Override
  protected Settings getIndexSettings() {
    return indexSettings;
  }

  @Override
  protected XContentBuilder fieldMapping(CheckedConsumer<XContentBuilder, IOException> field)
      throws IOException {
    return topMapping(GradientField.mapping(field));
  }

  public void testIndexOptionsThatAreNotUnderstoodAreRefused() {
    for (Map.Entry<Object, String> wrong :
        Map.<Object, String>of(
                "sign_bits",
                "must be an object such as",
                Map.of("candidates", "ivf"),
                "takes [candidates] with the value sign_bits or hnsw",
                Map.of("bits", 256),
                "takes [candidates] with the value sign_bits or hnsw",
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

  public void testCandidatesOfADimensionWithoutCodesAreRefused() {
    for (int dimension : new int[] {128, 448}) {
      Map<String, Object> field = TestAttributors.pinnedField("demo");
      field.put("dimension", dimension);
      assertMappingRefused(
          "takes [candidates] where the attributor's dimension is a power of two of at least 256",
          b -> {
            for (Map.Entry<String, Object> it : field.entrySet()) {
              b.field(it.getKey(), it.getValue());
            }
            b.field("index_options", Map.of("candidates", "sign_bits"));
          });
    }
  }

  public void testAFieldWithoutAPinIsRefused() {
    for (String pin : List.of("dimension", "fingerprint", "similarity", "score_scale")) {
      Map<String, Object> field = TestAttributors.pinnedField("demo");
      field.remove(pin);
      assertMappingRefused(
          "field [field] of type [gradient_vector] has no [" + pin + "]",
          b -> GradientField.write(b, field));
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
          b.startObject().field("field", GradientField.vector()).endObject();
          b.startObject().field("field", GradientField.vector()).endObject();
          b.endArray();
        });
  }

  public void testABadValueIsRefusedWithoutQuotingItEvenWhereMalformedValuesAreIgnored()
      throws IOException {
    indexSettings =
        Settings.builder()
            .put(GradientField.INDEX)
            .put("index.mapping.ignore_malformed", true)
            .build();
    MapperService mappers =
        createMapperService(fieldMapping(GradientFieldRefusalsTests::minimalMapping));
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
        b -> b.field("field", GradientField.vector()));
  }

  public void testAnIndexWithoutTheCodecOrWithKnnIsRefused() {
    indexSettings =
        Settings.builder().put(GradientField.INDEX).put("index.codec", "default").build();
    assertMappingRefused(
        "field [field] of type [gradient_vector] needs the index setting [index.codec: rapidin],"
            + " the index has [default]",
        GradientFieldRefusalsTests::minimalMapping);
    indexSettings = Settings.builder().put(GradientField.INDEX).put("index.knn", true).build();
    assertMappingRefused(
        "cannot be in an index with [index.knn: true]", GradientFieldRefusalsTests::minimalMapping);
  }

  public void testATemplateIsParsedWithoutTheCodec() throws IOException {
    indexSettings = SETTINGS;
    assertNotNull(
        GradientField.type(
            createMapperService(fieldMapping(GradientFieldRefusalsTests::minimalMapping))));
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

  private static void minimalMapping(XContentBuilder b) throws IOException {
    GradientField.pinned(b, "demo");
  }

  private void with(XContentBuilder b, Object indexOptions) throws IOException {
    minimalMapping(b);
    b.field("index_options", indexOptions);
  }

  private ParseContext.Document parse(
      MapperService mappers, CheckedConsumer<XContentBuilder, IOException> document)
      throws IOException {
    return mappers.documentMapper().parse(source(document)).rootDoc();
  }
}
