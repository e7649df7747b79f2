package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.DocWriteRequest;
import org.opensearch.action.DocWriteRequest.OpType;
import org.opensearch.action.admin.indices.datastream.DeleteDataStreamAction;
import org.opensearch.action.admin.indices.template.put.PutComposableIndexTemplateAction;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequest;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.action.update.UpdateRequestBuilder;
import org.opensearch.cluster.metadata.ComposableIndexTemplate;
import org.opensearch.cluster.metadata.ComposableIndexTemplate.DataStreamTemplate;
import org.opensearch.cluster.metadata.Template;
import org.opensearch.common.compress.CompressedXContent;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.plugins.Plugin;

/** Every way by which a document gets to an index asks for the permission to bring a vector. */
public class RawVectorPathsTests extends GradientDocumentsTestCase {
  private static final Map<String, Object> BRINGS =
      Map.of("gradient", vector(), "@timestamp", "2026-11-27");

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    return vector;
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(RawVectorWriteTests.DenyingPlugin.class);
    return plugins;
  }

  private void putTemplate(String name, DataStreamTemplate stream) throws IOException {
    Settings codec = Settings.builder().put("index.codec", "rapidin").build();
    Template template = new Template(codec, new CompressedXContent(MAPPING), null);
    client()
        .execute(
            PutComposableIndexTemplateAction.INSTANCE,
            new PutComposableIndexTemplateAction.Request(name)
                .indexTemplate(
                    new ComposableIndexTemplate(
                        List.of(name + "-*"), template, null, null, null, null, stream)))
        .actionGet();
  }

  public void testAliasesStreamsAndIndicesThatTheDocumentCreatesAsk() throws IOException {
    createAttributor();
    createIndex("direct", "demo", "influence");
    client().admin().indices().prepareAliases().addAlias("direct", "alias").get();
    putTemplate("made", null);
    putTemplate("stream", new DataStreamTemplate());
    IndexRequest streamed = new IndexRequest("stream-1").opType(OpType.CREATE);
    BulkRequest bulk = new BulkRequest();
    for (IndexRequest request :
        List.of(new IndexRequest("alias"), new IndexRequest("made-1"), streamed)) {
      bulk.add(request.setPipeline("_none").source(BRINGS));
    }
    for (BulkItemResponse item : client().bulk(bulk).actionGet()) {
      assertTrue(item.getIndex(), item.isFailed());
      assertEquals(item.getIndex(), RestStatus.FORBIDDEN, item.status());
    }
    assertEquals(0, hits("direct,made-1,stream-1"));
    client()
        .execute(
            DeleteDataStreamAction.INSTANCE,
            new DeleteDataStreamAction.Request(new String[] {"stream-1"}))
        .actionGet();
  }

  public void testUpdatesThatCreateIndexAndDocumentAreRefused() throws IOException {
    createAttributor();
    putTemplate("made", null);
    BulkRequest bulk = new BulkRequest();
    List<DocWriteRequest<?>> updates =
        List.of(
            new UpdateRequest("made-1", "1").doc(BRINGS).docAsUpsert(true),
            new UpdateRequest("made-2", "1").doc("a", 1).upsert(BRINGS));
    updates.forEach(bulk::add);
    for (BulkItemResponse item : client().bulk(bulk).actionGet()) {
      assertThat(item.getFailureMessage(), containsString("has gradient vectors in [gradient]"));
    }
    for (UpdateRequestBuilder update :
        List.of(
            client().prepareUpdate("made-3", "1").setDoc(BRINGS).setDocAsUpsert(true),
            client().prepareUpdate("made-4", "1").setDoc("a", 1).setUpsert(BRINGS))) {
      Exception refused = expectThrows(Exception.class, update::get);
      assertEquals(RestStatus.FORBIDDEN, ExceptionsHelper.status(refused));
    }
    assertEquals(0, hits("made-1,made-2,made-3,made-4"));
  }
}
