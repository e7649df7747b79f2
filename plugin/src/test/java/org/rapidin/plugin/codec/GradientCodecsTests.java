package org.rapidin.plugin.codec;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.perfield.PerFieldKnnVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.store.ByteBuffersDirectory;
import org.apache.lucene.store.Directory;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.index.codec.CodecService;
import org.opensearch.index.engine.EngineConfig;
import org.opensearch.index.mapper.Mapper;
import org.opensearch.index.mapper.MapperService;
import org.opensearch.index.mapper.MapperServiceTestCase;
import org.opensearch.plugins.MapperPlugin;
import org.opensearch.plugins.Plugin;
import org.rapidin.plugin.lucene.GradientVectorsFormat;
import org.rapidin.plugin.mapper.GradientVectorFieldType;
import org.rapidin.plugin.mapper.GradientVectorTypeParser;
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

  private static final class FieldTypePlugin extends Plugin implements MapperPlugin {
    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
      return Map.of(GradientVectorFieldType.TYPE, new GradientVectorTypeParser());
    }
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
      var codec = (Lucene104Codec) codecs(mapperService(type)).codec("rapidin");
      assertEquals(
          "RapidInGradientVectors(" + type.toUpperCase(Locale.ROOT) + ")",
          codec.getKnnVectorsFormatForField("gradient").toString());
      assertEquals(1 << 20, codec.getKnnVectorsFormatForField("gradient").getMaxDimensions("any"));
      assertFalse(codec.getKnnVectorsFormatForField("title") instanceof GradientVectorsFormat);
    }
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
    assertNotNull(codecs.codec("rapidin"));
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
