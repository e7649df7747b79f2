package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.IndexTemplateMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.index.query.QueryBuilders;

/** No vector is written where a replica could miss it, however the index came to be. */
public class RecoverySourceTests extends EarlierVersionTestCase {
  private static final String NO_SOURCE =
      "{\"_source\": {\"excludes\": [\"gradient\"], \"recovery_source_enabled\": false}}";
  private static final String TAKES_NO_MORE = "index [unsound] takes no more gradient vectors";
  private static final Map<String, Object> COMPUTED = Map.of("instruction", "a", "output", "b");

  private void createSound() {
    put("demo", spec("tiny", DIMENSION));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("sound", "demo", "influence");
  }

  private IndexMetadata sound() {
    return getInstanceFromNode(ClusterService.class).state().metadata().index("sound");
  }

  /** The mapping of the index {@code sound}, without a recovery source. */
  private String unsoundMapping() {
    String mapping = sound().mapping().source().string();
    String excludes = "\"excludes\":[\"gradient\"]";
    String unsound = mapping.replace(excludes, excludes + ",\"recovery_source_enabled\":false");
    assertNotEquals(mapping, unsound);
    return unsound;
  }

  public void testComponentsThatAreSoundAloneMakeNoIndexTogether() {
    createSound();
    putComponent("source", NO_SOURCE);
    putComponent(
        "field",
        "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}}}");
    putComposed("composed", List.of("field", "source"));
    assertNoIndex("composed-1");
    // The _source of the last component replaces those before.
    putComposed("last", List.of("source", "field"));
    client().admin().indices().prepareCreate("last-1").get();
  }

  public void testATemplateOfAnEarlierVersionMakesNoIndex() throws IOException {
    createSound();
    IndexTemplateMetadata template =
        IndexTemplateMetadata.builder("earlier")
            .patterns(List.of("earlier-*"))
            .settings(Settings.builder().put("index.codec", "rapidin"))
            .putMapping("_doc", unsoundMapping())
            .build();
    change(
        state ->
            ClusterState.builder(state)
                .metadata(Metadata.builder(state.metadata()).put(template))
                .build());
    assertNoIndex("earlier-1");
  }

  private void assertNoIndex(String index) {
    Exception refused =
        expectThrows(Exception.class, () -> client().admin().indices().prepareCreate(index).get());
    assertEquals(RestStatus.BAD_REQUEST, ExceptionsHelper.status(refused));
    assertThat(ExceptionsHelper.stackTrace(refused), containsString("in [gradient]: a replica"));
    BulkItemResponse item =
        client().prepareBulk().add(new IndexRequest(index).source(COMPUTED)).get().getItems()[0];
    assertThat(item.getFailureMessage(), containsString("in [gradient]: a replica"));
    assertFalse(client().admin().indices().prepareExists(index).get().isExists());
  }

  private static float[] vector() {
    float[] vector = new float[DIMENSION];
    vector[3] = 1;
    return vector;
  }

  public void testAnIndexOfAnEarlierVersionOpensAndTakesNoVectors() throws Exception {
    createSound();
    addUnsoundIndex();
    BulkItemResponse[] items =
        client()
            .prepareBulk()
            .add(new IndexRequest("unsound").id("computed").source(COMPUTED))
            .add(new IndexRequest("unsound").setPipeline("_none").source("gradient", vector()))
            .add(new IndexRequest("unsound").setPipeline("_none").id("plain").source("a", 1))
            .add(new IndexRequest("sound").id("sound").source(COMPUTED))
            .get()
            .getItems();
    for (BulkItemResponse item : Arrays.asList(items).subList(0, 2)) {
      assertEquals(RestStatus.BAD_REQUEST, item.getFailure().getStatus());
      assertThat(item.getFailureMessage(), containsString(TAKES_NO_MORE));
    }
    assertFalse(items[2].getFailureMessage(), items[2].isFailed());
    assertFalse(items[3].getFailureMessage(), items[3].isFailed());
    client().admin().indices().prepareClose("unsound").get();
    client().admin().indices().prepareOpen("unsound").get();
    ensureGreen("unsound");
    assertEquals(1, documents());
  }

  public void testNoGradientIsComputedForAnIndexThatTakesNone() throws Exception {
    createSound();
    addUnsoundIndex();
    client().admin().indices().prepareAliases().addAlias("unsound", "alias").get();
    long before = computed();
    BulkRequestBuilder bulk = client().prepareBulk();
    bulk.add(new IndexRequest("sound").source(COMPUTED));
    for (String name : List.of("unsound", "alias", "<unsoun{now/d{'d'}}>", "not-there-yet")) {
      bulk.add(new IndexRequest(name).setPipeline("influence").source(COMPUTED));
    }
    BulkItemResponse[] items = bulk.get().getItems();
    assertFalse(items[0].getFailureMessage(), items[0].isFailed());
    for (BulkItemResponse item : Arrays.asList(items).subList(1, 4)) {
      assertEquals(RestStatus.BAD_REQUEST, item.status());
      assertThat(item.getFailureMessage(), containsString(TAKES_NO_MORE));
    }
    assertEquals(before + 2, computed());
  }

  public void testABulkOfBroughtVectorsAloneIsRefused() throws Exception {
    createSound();
    addUnsoundIndex();
    BulkItemResponse[] items =
        client()
            .prepareBulk()
            .add(new IndexRequest("unsound").setPipeline("_none").source("gradient", vector()))
            .add(new IndexRequest("unsound").setPipeline("_none").source("a", 1))
            .get()
            .getItems();
    assertEquals(RestStatus.BAD_REQUEST, items[0].status());
    assertThat(items[0].getFailureMessage(), containsString(TAKES_NO_MORE));
    assertFalse(items[1].getFailureMessage(), items[1].isFailed());
    assertEquals(1, documents());
  }

  private void addUnsoundIndex() throws IOException {
    addIndex("unsound", sound().getSettings(), unsoundMapping());
  }

  private long documents() {
    client().admin().indices().prepareRefresh("unsound").get();
    return client()
        .prepareSearch("unsound")
        .setQuery(QueryBuilders.matchAllQuery())
        .get()
        .getHits()
        .getTotalHits()
        .value();
  }
}
