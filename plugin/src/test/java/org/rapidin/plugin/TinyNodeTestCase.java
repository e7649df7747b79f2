package org.rapidin.plugin;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase.SuppressFileSystems;
import org.junit.After;
import org.junit.BeforeClass;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.env.Environment;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchSingleNodeTestCase;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.node.NodesStatsAction;
import org.rapidin.plugin.registry.DeleteAttributorAction;
import org.rapidin.plugin.registry.GetAttributorsAction;
import org.rapidin.plugin.registry.PutAttributorAction;

/** A real node with the real plugin and the model directory {@code tiny}. */
// Weights are mapped into memory, which Lucene's test file systems cannot do.
@SuppressFileSystems("*")
public abstract class TinyNodeTestCase extends OpenSearchSingleNodeTestCase {
  private static Path home;

  @BeforeClass
  public static void writeModel() throws IOException {
    home = createTempDir();
    TinyModelDirectory.write(models().resolve("tiny"), 1);
  }

  /** The node's models directory. */
  protected static Path models() {
    return home.resolve("config").resolve(ModelCatalog.ROOT);
  }

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(RapidInPlugin.class);
  }

  @Override
  protected Settings nodeSettings() {
    return Settings.builder().put(Environment.PATH_HOME_SETTING.getKey(), home).build();
  }

  @After
  public void deleteAll() {
    attributors(null).forEach(attributor -> delete(attributor.id(), true));
    client().admin().cluster().prepareDeletePipeline("*").get();
  }

  /** Instruction and output of a document, K numbers of the adapter's gradient. */
  protected static AttributorSpec spec(String model, int dimension) {
    return spec(model, TinyModelDirectory.ADAPTER, dimension);
  }

  /** As {@link #spec(String, int)}, with an adapter. */
  protected static AttributorSpec spec(String model, String adapter, int dimension) {
    return AttributorSpecFormat.fromMap(
        Map.of(
            "model",
            model,
            "adapter",
            adapter,
            "max_tokens",
            64,
            "template",
            Map.of("prompt", "{{instruction}}\n", "completion", "{{output}}"),
            "compression",
            Map.of("dimension", dimension)));
  }

  protected RegisteredAttributor put(String id, AttributorSpec spec) {
    return client()
        .execute(PutAttributorAction.INSTANCE, new PutAttributorAction.Request(id, spec))
        .actionGet()
        .attributor();
  }

  /**
   * Asks for attributors.
   *
   * @param id or null for all
   */
  protected List<RegisteredAttributor> attributors(String id) {
    return client()
        .execute(GetAttributorsAction.INSTANCE, new GetAttributorsAction.Request(id))
        .actionGet()
        .attributors();
  }

  protected void delete(String id, boolean force) {
    client()
        .execute(DeleteAttributorAction.INSTANCE, new DeleteAttributorAction.Request(id, force))
        .actionGet();
  }

  protected void putPipeline(String id, String json) {
    client()
        .admin()
        .cluster()
        .preparePutPipeline(id, new BytesArray(json), XContentType.JSON)
        .get();
  }

  /** Documents whose vectors this node has computed. */
  protected long computed() {
    return client()
        .execute(NodesStatsAction.INSTANCE, new NodesStatsAction.Request())
        .actionGet()
        .getNodes()
        .getFirst()
        .value()
        .gradients()
        .documents();
  }

  /** Bytes on the breaker {@code rapidin}. */
  protected long reserved() {
    return client()
        .admin()
        .cluster()
        .prepareNodesStats()
        .addMetric("breaker")
        .get()
        .getNodes()
        .getFirst()
        .getBreaker()
        .getStats("rapidin")
        .getEstimated();
  }

  /** Creates an index with a gradient field of an attributor. */
  protected void createIndex(String name, String attributor, String pipeline) {
    client()
        .admin()
        .indices()
        .prepareCreate(name)
        .setSettings(
            Settings.builder()
                .put("index.codec", "rapidin")
                .put("index.default_pipeline", pipeline)
                .put("index.number_of_shards", 1))
        .setMapping(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\""
                + attributor
                + "\"}}}")
        .get();
  }
}
