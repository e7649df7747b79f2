package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.action.admin.indices.datastream.CreateDataStreamAction;
import org.opensearch.action.admin.indices.datastream.DeleteDataStreamAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.ingest.Processor;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;

/** Where a computed vector may go: into a field of its attributor, and nowhere else. */
public class VectorPlacesTests extends GradientDocumentsTestCase {

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
    BulkRequest bulk = new BulkRequest("plain");
    bulk.add(new UpdateRequest("plain", "1").doc(text).docAsUpsert(true))
        .add(new UpdateRequest("plain", "2").doc("label", "x").upsert(text))
        // The index is only that of the bulk.
        .add(new UpdateRequest().id("3").doc(text).docAsUpsert(true))
        .add(new UpdateRequest().id("4").doc("label", "x").upsert(text))
        .add(new IndexRequest().id("5").setPipeline("_none").source(text));
    BulkItemResponse[] items = client().bulk(bulk).actionGet().getItems();
    for (int i = 0; i < 4; i++) {
      assertTrue("item " + i, items[i].isFailed());
      assertThat(
          items[i].getFailureMessage(), containsString("field [gradient] of index [plain] is not"));
    }
    assertFalse(items[4].getFailureMessage(), items[4].isFailed());
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
}
