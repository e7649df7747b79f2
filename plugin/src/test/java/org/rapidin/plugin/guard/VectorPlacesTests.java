package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opensearch.action.admin.indices.datastream.CreateDataStreamAction;
import org.opensearch.action.admin.indices.datastream.DeleteDataStreamAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.IndexService;
import org.opensearch.index.engine.Engine;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientVector;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.plugin.TinyNodeTestCase;
import org.rapidin.plugin.lucene.VectorOrigin;
import org.rapidin.plugin.lucene.VectorOrigins;
import org.rapidin.plugin.registry.VectorizeAction;

/** Where a computed vector may go: into a field of its attributor, and nowhere else. */
public class VectorPlacesTests extends TinyNodeTestCase {
  private static final int DIMENSION = 256;
  private static final String FIELD =
      "\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}";
  private static final String MAPPING = "{\"properties\":{" + FIELD + "}}";
  private static final Settings SETTINGS =
      Settings.builder()
          .put("index.codec", "rapidin")
          .put("index.default_pipeline", "influence")
          .put("index.number_of_replicas", 0)
          .build();

  /** A processor that copies {@code gradient} to {@code notes.copy}. */
  public static final class CopyPlugin extends Plugin implements IngestPlugin {
    @Override
    public Map<String, Processor.Factory> getProcessors(Processor.Parameters parameters) {
      return Map.of("copy", (factories, tag, description, config) -> new Copy(tag, description));
    }
  }

  private static final class Copy extends AbstractProcessor {
    Copy(String tag, String description) {
      super(tag, description);
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
      document.setFieldValue("notes.copy", document.getFieldValue("gradient", Object.class));
      return document;
    }

    @Override
    public String getType() {
      return "copy";
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(CopyPlugin.class);
    return plugins;
  }

  private void createAttributor() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
  }

  public void testATargetThatTakesNoVectorsFailsTheItemByName() {
    createAttributor();
    List<String> mappings =
        List.of(
            "{}",
            "{\"dynamic\":false}",
            "{\"dynamic\":\"strict\"}",
            "{\"properties\":{\"gradient\":{\"type\":\"text\"}}}",
            "{\"properties\":{\"gradient\":{\"type\":\"keyword\"}}}",
            "{\"properties\":{\"gradient\":{\"type\":\"binary\"}}}",
            "{\"properties\":{\"gradient\":{\"type\":\"flat_object\"}}}",
            "{\"properties\":{\"gradient\":{\"type\":\"object\",\"enabled\":false}}}",
            "{\"dynamic_templates\":[{\"all\":{\"match\":\"*\",\"mapping\":{\"type\":"
                + "\"gradient_vector\",\"attributor\":\"demo\"}}}]}");
    for (int i = 0; i < mappings.size(); i++) {
      for (String codec : List.of("default", "rapidin")) {
        String index = "place-" + i + "-" + codec;
        try {
          client()
              .admin()
              .indices()
              .prepareCreate(index)
              .setSettings(Settings.builder().put(SETTINGS).put("index.codec", codec))
              .setMapping(mappings.get(i))
              .get();
        } catch (IllegalArgumentException dynamicTemplateOfThisType) {
          assertThat(dynamicTemplateOfThisType.getMessage(), containsString("dynamic"));
          continue;
        }
        BulkItemResponse item = indexOne(index, document());
        assertTrue(index, item.isFailed());
        assertEquals(RestStatus.BAD_REQUEST, item.status());
        assertThat(
            item.getFailureMessage(),
            containsString("field [gradient] of index [" + index + "] is not of type"));
        assertEquals(index, item.getIndex());
      }
    }
    BulkItemResponse created =
        bulk(new IndexRequest("created").setPipeline("influence").source(document()));
    assertThat(created.getFailureMessage(), containsString("field [gradient] of index [created]"));
    assertEquals(0, hits("place-*,created"));
  }

  public void testAVectorThatALaterProcessorCopiesElsewhereFailsTheItem() {
    createAttributor();
    putPipeline(
        "influence",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}," + "{\"copy\":{}}]}");
    createIndex("train", "demo", "influence");
    BulkItemResponse item = indexOne("train", document());
    assertThat(item.getFailureMessage(), containsString("field [notes.copy] of index [train]"));
  }

  /** The pipeline runs on what an update would insert, too. */
  public void testAnUpsertIntoAnIndexWithoutTheFieldFailsTheItem() {
    createAttributor();
    client()
        .admin()
        .indices()
        .prepareCreate("plain")
        .setSettings(Settings.builder().put("index.default_pipeline", "influence"))
        .get();
    Map<String, Object> text = document();
    BulkItemResponse[] items =
        client()
            .prepareBulk()
            .add(new UpdateRequest("plain", "1").doc(text).docAsUpsert(true))
            .add(new UpdateRequest("plain", "2").doc("label", "x").upsert(text))
            .add(new IndexRequest("plain").id("3").setPipeline("_none").source(text))
            .get()
            .getItems();
    for (int i = 0; i < 2; i++) {
      assertTrue("item " + i, items[i].isFailed());
      assertThat(
          items[i].getFailureMessage(), containsString("field [gradient] of index [plain] is not"));
    }
    assertFalse(items[2].getFailureMessage(), items[2].isFailed());
    assertEquals(1, hits("plain"));
  }

  public void testTheOtherItemsOfTheBulkGoOn() {
    createAttributor();
    createIndex("train", "demo", "influence");
    BulkRequestBuilder bulk = client().prepareBulk();
    bulk.add(new IndexRequest("train").id("1").source(document()));
    bulk.add(new IndexRequest("created").setPipeline("influence").source(document()));
    bulk.add(new IndexRequest("created").setPipeline("_none").source(document()));
    bulk.add(new IndexRequest("train").id("2").source(document()));
    BulkItemResponse[] items = bulk.get().getItems();
    assertFalse(items[0].getFailureMessage(), items[0].isFailed());
    assertTrue(items[1].isFailed());
    assertFalse(items[2].getFailureMessage(), items[2].isFailed());
    assertFalse(items[3].getFailureMessage(), items[3].isFailed());
  }

  public void testIndicesOfTemplatesAndDataStreamsTakeVectors() throws Exception {
    createAttributor();
    template("composed-*", null);
    template("stream-*", new ComposableIndexTemplate.DataStreamTemplate());
    client()
        .execute(CreateDataStreamAction.INSTANCE, new CreateDataStreamAction.Request("stream-logs"))
        .actionGet();
    BulkItemResponse composed = indexOne("composed-1", document());
    assertFalse(composed.getFailureMessage(), composed.isFailed());
    BulkItemResponse streamed =
        bulk(
            new IndexRequest("stream-logs")
                .create(true)
                .source(
                    Map.of(
                        "@timestamp", "2026-01-01T00:00:00Z", "instruction", "a", "output", "b")));
    assertFalse(streamed.getFailureMessage(), streamed.isFailed());
    assertEquals(2, hits("composed-1,stream-logs"));
    client()
        .execute(
            DeleteDataStreamAction.INSTANCE,
            new DeleteDataStreamAction.Request(new String[] {"stream-logs"}))
        .actionGet();
  }

  public void testAPipelineOfAnotherAttributorFailsTheItemWithBothFingerprints() {
    createAttributor();
    String mine = put("demo", spec("tiny", DIMENSION)).fingerprint();
    String others = put("other", otherSeed()).fingerprint();
    putPipeline("of-other", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"other\"}}]}");
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    BulkItemResponse wrong =
        bulk(new IndexRequest("train").setPipeline("of-other").source(document()));
    assertEquals(RestStatus.BAD_REQUEST, wrong.status());
    assertThat(
        wrong.getFailureMessage(),
        containsString("attributor [demo] with fingerprint [" + mine + "], the value is of"));
    assertThat(
        wrong.getFailureMessage(),
        containsString("attributor [other] with fingerprint [" + others + "]"));
  }

  public void testAnAttributorPutAgainWithAnotherSeedAddsNothingToTheOldIndex() {
    createAttributor();
    createIndex("train", "demo", "influence");
    delete("demo", true);
    put("demo", otherSeed());
    BulkItemResponse item = indexOne("train", document());
    assertThat(item.getFailureMessage(), containsString("field [gradient] holds vectors of"));
    assertEquals(0, hits("train"));
  }

  public void testARowCarriesTheFingerprintAndTheDigestOfItsText() throws IOException {
    createAttributor();
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    float[] brought = new float[DIMENSION];
    brought[3] = 1;
    assertFalse(
        bulk(new IndexRequest("train").setPipeline("_none").source("gradient", brought))
            .isFailed());
    client().admin().indices().prepareForceMerge("train").setMaxNumSegments(1).get();
    try (Engine.Searcher searcher = shard("train").acquireSearcher("test")) {
      VectorOrigins origins =
          VectorOrigins.open(searcher.getIndexReader().leaves().getFirst().reader(), "gradient");
      VectorOrigin computed = origins.of(0).orElseThrow();
      assertEquals(attributors("demo").getFirst().fingerprint(), computed.fingerprint());
      Sample sample =
          spec("tiny", DIMENSION)
              .template()
              .render(new TextLimit(64), field -> (String) document().get(field));
      assertArrayEquals(sample.digest(), computed.textDigest());
      assertEquals(Optional.of(VectorOrigin.foreign()), origins.of(1));
    }
  }

  public void testRow26ReplayOfTheTranslogUsesTheStoredVectorWhereModelAndAttributorAreGone()
      throws Exception {
    createAttributor();
    createIndex("train", "demo", "influence");
    assertFalse(indexOne("train", document()).isFailed());
    float[] before = storedVector("train");
    delete("demo", true);
    // Never flushed: the document comes back from the translog alone.
    shard("train").failShard("a test", null);
    assertBusy(
        () -> {
          ensureGreen("train");
          assertEquals(1, shard("train").recoveryState().getTranslog().recoveredOperations());
        });
    assertArrayEquals(before, storedVector("train"), 0);
    assertEquals(1, hits("train"));
  }

  private float[] storedVector(String index) throws IOException {
    try (Engine.Searcher searcher = shard(index).acquireSearcher("test")) {
      return searcher
          .getIndexReader()
          .leaves()
          .getFirst()
          .reader()
          .getFloatVectorValues("gradient")
          .vectorValue(0)
          .clone();
    }
  }

  public void testAFieldOfSinglePrecisionGetsSinglePrecision() throws IOException {
    createAttributor();
    client()
        .admin()
        .indices()
        .prepareCreate("wide")
        .setSettings(SETTINGS)
        .setMapping(MAPPING.replace("\"demo\"", "\"demo\",\"element_type\":\"float32\""))
        .get();
    BulkItemResponse item = indexOne("wide", document());
    assertFalse(item.getFailureMessage(), item.isFailed());
    GradientVector expected = vectorOf(new Sample("a\n", "b"));
    assertArrayEquals(expected.values(), storedVector("wide"), 0);
  }

  private GradientVector vectorOf(Sample sample) {
    GradientResult result =
        client()
            .execute(VectorizeAction.INSTANCE, new VectorizeAction.Request("demo", List.of(sample)))
            .actionGet()
            .results()
            .getFirst();
    return ((GradientResult.Vector) result).vector();
  }

  private static AttributorSpec otherSeed() {
    Map<String, Object> spec = AttributorSpecFormat.toMap(spec("tiny", DIMENSION));
    spec.put("compression", Map.of("dimension", DIMENSION, "seed", 7));
    return AttributorSpecFormat.fromMap(spec);
  }

  private void template(String pattern, ComposableIndexTemplate.DataStreamTemplate stream)
      throws IOException {
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request(pattern.replace("-*", ""))
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of(pattern),
                        new Template(SETTINGS, new CompressedXContent(MAPPING), null),
                        null,
                        null,
                        null,
                        null,
                        stream)))
        .actionGet();
  }

  private IndexShard shard(String index) {
    client().admin().indices().prepareRefresh(index).get();
    IndexService service =
        getInstanceFromNode(IndicesService.class).indexServiceSafe(resolveIndex(index));
    return service.getShard(0);
  }

  private static Map<String, Object> document() {
    return Map.of("instruction", "a", "output", "b");
  }

  private BulkItemResponse indexOne(String index, Map<String, Object> source) {
    return bulk(new IndexRequest(index).source(source));
  }

  private BulkItemResponse bulk(IndexRequest request) {
    return client().prepareBulk().add(request).get().getItems()[0];
  }

  private long hits(String indices) {
    client().admin().indices().prepareRefresh(indices.split(",")).get();
    return client().prepareSearch(indices.split(",")).get().getHits().getTotalHits().value();
  }
}
