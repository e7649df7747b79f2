package org.rapidin.plugin.codec;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.DocValuesFormat;
import org.apache.lucene.codecs.FilterCodec;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene90.Lucene90DocValuesFormat;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.plugins.Plugin;
import org.rapidin.plugin.lucene.GradientVectorsFormat;
import org.rapidin.plugin.mapper.FieldTypePlugin;
import org.rapidin.plugin.mapper.TestAttributors;

/** How {@code index.codec: rapidin} reaches the segments of an index. */
public class GradientCodecsTests extends MapperServiceTestCase {
  private static final Settings RAPIDIN =
      Settings.builder().put(SETTINGS).put("index.codec", GradientCodecs.NAME).build();

  @Override
  protected Settings getIndexSettings() {
    return RAPIDIN;
  }

  @Override
  protected Collection<? extends Plugin> getPlugins() {
    return List.of(new FieldTypePlugin());
  }

  public void testTheNameIsAValidIndexCodec() {
    assertEquals("rapidin", EngineConfig.INDEX_CODEC_SETTING.get(RAPIDIN));
  }

  public void testTheCodecKeepsTheNameOfLucenes() throws IOException {
    CodecService codecs = codecs(mapperService("float16"));
    assertEquals(codecs.codec("default").getName(), codecs.codec("rapidin").getName());
  }

  public void testTheMappingChoosesFormatAndElementType() throws IOException {
    for (String type : List.of("float16", "float32")) {
      for (String name : GradientCodecs.NAMES) {
        PerFieldKnnVectorsFormat formats = vectors(codecs(mapperService(type)).codec(name));
        assertEquals(
            "RapidInGradientVectors(" + type.toUpperCase(Locale.ROOT) + ")",
            formats.getKnnVectorsFormatForField("gradient").toString());
        assertEquals(
            1 << 20, formats.getKnnVectorsFormatForField("gradient").getMaxDimensions("any"));
        assertFalse(formats.getKnnVectorsFormatForField("title") instanceof GradientVectorsFormat);
      }
    }
  }

  private static PerFieldKnnVectorsFormat vectors(Codec codec) {
    return (PerFieldKnnVectorsFormat) codec.knnVectorsFormat();
  }

  public void testEverythingButVectorsIsAsTheIndexAskedFor() throws IOException {
    CodecService codecs = codecs(mapperService("float16"));
    for (Map.Entry<String, String> pair :
        Map.of("rapidin", "default", "rapidin_best_compression", "best_compression").entrySet()) {
      assertEquals(
          pair.getValue(), mode(codecs.codec(pair.getValue())), mode(codecs.codec(pair.getKey())));
    }
    assertNotEquals(mode(codecs.codec("rapidin")), mode(codecs.codec("rapidin_best_compression")));
  }

  /** The compression that a codec writes into the attributes of its segments. */
  private static String mode(Codec codec) throws IOException {
    try (Directory directory = new ByteBuffersDirectory()) {
      try (IndexWriter writer =
          new IndexWriter(directory, new IndexWriterConfig().setCodec(codec))) {
        writer.addDocument(new Document());
      }
      return SegmentInfos.readLatestCommit(directory).info(0).info.getAttributes().toString();
    }
  }

  public void testACodecThatOpenSearchChoseForCompositeFieldsIsWrapped() throws IOException {
    MapperService service = mapperService("float16");
    DocValuesFormat docValues = new Lucene90DocValuesFormat();
    Codec composite =
        new FilterCodec("Composite", new Lucene104Codec()) {
          @Override
          public DocValuesFormat docValuesFormat() {
            return docValues;
          }
        };
    Codec codec =
        new GradientCodecs()
            .getCodecs(service, service.getIndexSettings(), () -> composite)
            .get("rapidin");
    assertEquals("Composite", codec.getName());
    assertSame(docValues, codec.docValuesFormat());
    assertTrue(
        vectors(codec).getKnnVectorsFormatForField("gradient") instanceof GradientVectorsFormat);
  }

  public void testSegmentsAreReadWithoutThisCodecAndWithoutTheMapping() throws IOException {
    float[] vector = new float[TestAttributors.DIMENSION];
    Arrays.fill(vector, 0.5f);
    IndexWriterConfig config =
        new IndexWriterConfig().setCodec(codecs(mapperService("float16")).codec("rapidin"));
    try (Directory directory = new ByteBuffersDirectory()) {
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        Document doc = new Document();
        doc.add(new KnnFloatVectorField("gradient", vector));
        writer.addDocument(doc);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        LeafReader leaf = reader.leaves().get(0).reader();
        assertEquals(
            GradientVectorsFormat.NAME,
            leaf.getFieldInfos()
                .fieldInfo("gradient")
                .getAttribute(PerFieldKnnVectorsFormat.PER_FIELD_FORMAT_KEY));
        assertArrayEquals(vector, leaf.getFloatVectorValues("gradient").vectorValue(0), 0f);
      }
    }
  }

  public void testTheNameIsKnownWhereThereIsNoMapping() throws IOException {
    MapperService service = mapperService("float16");
    CodecService codecs =
        new CodecService(null, service.getIndexSettings(), logger, List.of(new GradientCodecs()));
    GradientCodecs.NAMES.forEach(name -> assertNotNull(codecs.codec(name)));
  }

  private CodecService codecs(MapperService service) {
    return new CodecService(
        service, service.getIndexSettings(), logger, List.of(new GradientCodecs()));
  }

  private MapperService mapperService(String elementType) throws IOException {
    XContentBuilder mapping =
        topMapping(
            b -> {
              b.startObject("_source").array("excludes", "gradient").endObject();
              b.startObject("properties");
              b.startObject("title").field("type", "text").endObject();
              b.startObject("gradient");
              for (Map.Entry<String, Object> pin : TestAttributors.pinnedField("demo").entrySet()) {
                if (!pin.getKey().equals("element_type")) {
                  b.field(pin.getKey(), pin.getValue());
                }
              }
              b.field("element_type", elementType).endObject().endObject();
            });
    return createMapperService(mapping);
  }
}
