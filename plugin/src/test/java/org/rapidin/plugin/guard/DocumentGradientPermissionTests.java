package org.rapidin.plugin.guard;

import static org.hamcrest.Matchers.containsString;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.Before;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.admin.indices.create.AutoCreateAction;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.ingest.SimulateDocumentBaseResult;
import org.opensearch.action.ingest.SimulatePipelineRequest;
import org.opensearch.action.ingest.SimulatePipelineResponse;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.action.support.AutoCreateIndex;
import org.opensearch.action.update.UpdateRequest;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.script.ScriptService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;
import org.rapidin.plugin.TinyNodeTestCase;

/** A document costs a gradient only where its user may write to the index. */
public class DocumentGradientPermissionTests extends TinyNodeTestCase {
  private static final String USER = "test-user";
  private static final String INDEX = "indices:data/write/index";
  private static final String CREATE = "indices:admin/create";
  private static final Map<String, Object> TEXT = Map.of("instruction", "a", "output", "b");
  private static final Collection<Asked> ASKED = new ConcurrentLinkedQueue<>();

  private record Asked(String index, String permission, String user, String thread) {}

  /**
   * Refuses what a security plugin refuses a user who may send bulks to all indices, may index
   * documents into those of some names, and create those of others. Like the plugin it asks for the
   * permission to index with the part of a bulk that goes to a shard.
   */
  public static final class DenyingPlugin extends Plugin implements ActionPlugin {
    private ThreadContext context;

    @Override
    public Collection<Object> createComponents(
        Client client,
        ClusterService clusterService,
        ThreadPool threadPool,
        ResourceWatcherService resourceWatcherService,
        ScriptService scriptService,
        NamedXContentRegistry xContentRegistry,
        Environment environment,
        NodeEnvironment nodeEnvironment,
        NamedWriteableRegistry namedWriteableRegistry,
        IndexNameExpressionResolver indexNameExpressionResolver,
        Supplier<RepositoriesService> repositoriesServiceSupplier) {
      context = threadPool.getThreadContext();
      return List.of();
    }

    @Override
    public List<ActionFilter> getActionFilters() {
      return List.of(
          new ActionFilter.Simple() {
            @Override
            protected boolean apply(
                String action, ActionRequest request, ActionListener<?> listener) {
              return switch (action) {
                case TransportShardBulkAction.ACTION_NAME ->
                    allows(((BulkShardRequest) request).shardId().getIndexName(), INDEX, listener);
                case AutoCreateAction.NAME ->
                    allows(((CreateIndexRequest) request).index(), CREATE, listener);
                default -> true;
              };
            }

            @Override
            public int order() {
              return Integer.MIN_VALUE;
            }
          });
    }

    private boolean allows(String index, String permission, ActionListener<?> listener) {
      String thread = Thread.currentThread().getName();
      ASKED.add(new Asked(index, permission, context.getHeader(USER), thread));
      if (index.startsWith(permission.equals(INDEX) ? "train" : "train-new")) {
        return true;
      }
      listener.onFailure(
          new OpenSearchStatusException(
              "no permissions for [" + permission + "] on [" + index + "]", RestStatus.FORBIDDEN));
      return false;
    }
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    List<Class<? extends Plugin>> plugins = new ArrayList<>(super.getPlugins());
    plugins.add(DenyingPlugin.class);
    return plugins;
  }

  @Before
  public void putAttributor() {
    put("demo", spec("tiny", 256));
    putPipeline("influence", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    ASKED.clear();
  }

  private static IndexRequest document(String index) {
    return new IndexRequest(index).source(TEXT);
  }

  private static void assertForbidden(BulkItemResponse item, String permission, String index) {
    assertEquals(item.getFailureMessage(), RestStatus.FORBIDDEN, item.status());
    assertThat(item.getFailureMessage(), containsString("[" + permission + "] on [" + index + "]"));
  }

  private BulkItemResponse indexOne(String index) {
    IndexRequest document = document(index).setPipeline("influence");
    return client().prepareBulk().add(document).get().getItems()[0];
  }

  private List<String> asked() {
    return ASKED.stream().map(Asked::index).sorted().toList();
  }

  public void testTheItemsOfAForbiddenIndexCostNoGradientAndTheOthersGoOn() {
    createIndex("train", "demo", "influence");
    createIndex("secret", "demo", "influence");
    long before = computed();
    BulkRequestBuilder bulk = client().filterWithHeader(Map.of(USER, "ann")).prepareBulk();
    for (int i = 0; i < 10; i++) {
      bulk.add(document("train")).add(document("secret"));
    }
    BulkItemResponse[] items = bulk.get().getItems();
    for (int i = 0; i < items.length; i += 2) {
      assertFalse(items[i].getFailureMessage(), items[i].isFailed());
      assertForbidden(items[i + 1], INDEX, "secret");
    }
    assertEquals(before + 10, computed());
    assertEquals("once an index, and at the shard", List.of("secret", "train", "train"), asked());
    for (Asked asked : ASKED.stream().limit(2).toList()) {
      assertEquals("ann", asked.user());
      assertThat(asked.thread(), containsString("[write]"));
    }
  }

  public void testADocumentAloneOrAnUpsertIsForbiddenToo() {
    createIndex("secret", "demo", "influence");
    long before = computed();
    Exception refused =
        expectThrows(Exception.class, () -> client().index(document("secret")).actionGet());
    assertEquals(RestStatus.FORBIDDEN, ExceptionsHelper.status(refused));
    putPipeline(
        "by-name",
        "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\",\"target_field\":\"v\"}}]}");
    client()
        .admin()
        .indices()
        .prepareCreate("plain")
        .setSettings(Map.of("index.default_pipeline", "by-name"))
        .get();
    UpdateRequest upsert = new UpdateRequest("plain", "1").doc(TEXT).docAsUpsert(true);
    assertForbidden(client().prepareBulk().add(upsert).get().getItems()[0], INDEX, "plain");
    assertEquals(before, computed());
  }

  /** Each pipeline gets its documents by itself, as single ones do behind a condition. */
  public void testAnIndexIsAskedForOnceABulk() {
    putPipeline("another", "{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}");
    createIndex("train", "demo", "influence");
    BulkRequestBuilder bulk = client().prepareBulk();
    for (int i = 0; i < 5; i++) {
      bulk.add(document("train")).add(document("train").setPipeline("another"));
    }
    assertFalse(bulk.get().hasFailures());
    assertEquals("and at the shard", List.of("train", "train"), asked());
    client().prepareBulk().add(document("train")).get();
    assertEquals("another bulk asks again", 4, asked().size());
  }

  public void testThePermissionIsThatOfTheIndexWhichIsWritten() {
    createIndex("train-2", "demo", "influence");
    client().admin().indices().prepareAliases().addAlias("train-2", "texts").get();
    assertFalse(client().prepareBulk().add(document("texts")).get().hasFailures());
    assertEquals(List.of("train-2", "train-2"), asked());
    for (String name : List.of("tr*", "train,train-2")) {
      assertThat(
          indexOne(name).getFailureMessage(), containsString("Invalid index name [" + name + "]"));
    }
    assertEquals(2, asked().size());
  }

  public void testAMissingIndexCostsNoGradientUnlessItsUserMayCreateItAndWriteToIt() {
    long before = computed();
    assertForbidden(indexOne("train-1"), CREATE, "train-1");
    assertForbidden(indexOne("<trai{now/d{'n'}}>"), CREATE, "train");
    assertForbidden(indexOne("new"), CREATE, "new");
    assertEquals(before, computed());
    assertEquals(0, client().admin().indices().prepareGetIndex().get().indices().length);
    createTemplate("train-new*");
    BulkItemResponse item = indexOne("train-new-1");
    assertFalse(item.getFailureMessage(), item.isFailed());
    assertEquals(before + 1, computed());
  }

  private void createTemplate(String pattern) {
    client()
        .admin()
        .indices()
        .preparePutTemplate("new")
        .setPatterns(List.of(pattern))
        .setSettings(Map.of("index.codec", "rapidin"))
        .setMapping(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\"}}}",
            XContentType.JSON)
        .get();
  }

  public void testAnIndexThatBulksMayNotCreateCostsNoGradient() {
    autoCreate("-train-new-2,+*");
    try {
      long before = computed();
      BulkItemResponse item = indexOne("train-new-2");
      assertEquals(RestStatus.NOT_FOUND, item.status());
      assertThat(item.getFailureMessage(), containsString("no such index [train-new-2]"));
      assertEquals(before, computed());
      assertEquals(List.of(), asked());
    } finally {
      autoCreate(null);
    }
  }

  private void autoCreate(String patterns) {
    client()
        .admin()
        .cluster()
        .prepareUpdateSettings()
        .setTransientSettings(
            Settings.builder().put(AutoCreateIndex.AUTO_CREATE_INDEX_SETTING.getKey(), patterns))
        .get();
  }

  public void testASimulationWritesToNoIndexAndAsksForNone() {
    String body =
        "{\"docs\":[{\"_index\":\"secret\",\"_source\":{\"instruction\":\"a\",\"output\":\"b\"}}]}";
    SimulatePipelineRequest request =
        new SimulatePipelineRequest(new BytesArray(body), XContentType.JSON);
    request.setId("influence");
    SimulatePipelineResponse response =
        client().admin().cluster().simulatePipeline(request).actionGet();
    SimulateDocumentBaseResult result =
        (SimulateDocumentBaseResult) response.getResults().getFirst();
    assertNull(result.getFailure());
    assertEquals(List.of(), asked());
  }
}
