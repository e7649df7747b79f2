package org.rapidin.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.apache.lucene.tests.util.LuceneTestCase.SuppressFileSystems;
import org.opensearch.action.bulk.BulkRequestBuilder;
import org.opensearch.action.bulk.BulkResponse;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.XContentType;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.plugins.Plugin;
import org.opensearch.test.OpenSearchIntegTestCase;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.attribution.model.file.TinyModelDirectory;
import org.rapidin.plugin.attributor.ModelCatalog;
import org.rapidin.plugin.registry.PutAttributorAction;

/**
 * Clusters with the real plugin, of which some nodes have the model {@value #MODEL}, with an index
 * {@code train} whose pipeline computes vectors.
 */
// Weights are mapped into memory, which Lucene's test file systems cannot do.
@SuppressFileSystems("*")
public abstract class TinyClusterTestCase extends OpenSearchIntegTestCase {
  /** The model's directory. */
  protected static final String MODEL = "tiny";

  /**
   * Writes the model of a node that is about to start, or does nothing.
   *
   * @param directory where the model has to be
   */
  protected abstract void writeModel(int nodeOrdinal, Path directory) throws IOException;

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(RapidInPlugin.class);
  }

  @Override
  protected Path nodeConfigPath(int nodeOrdinal) {
    Path config = createTempDir().resolve("config");
    try {
      Files.createDirectories(config);
      writeModel(nodeOrdinal, config.resolve(ModelCatalog.ROOT).resolve(MODEL));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return config;
  }

  protected final void createTrainingIndex(int shards, int replicas) {
    createTrainingIndex(shards, replicas, Settings.EMPTY);
  }

  /** Puts attributor and pipeline, and creates the index with more settings. */
  protected final void createTrainingIndex(int shards, int replicas, Settings more) {
    createTrainingIndex(shards, replicas, more, "");
  }

  /**
   * Puts attributor and pipeline, and creates the index with more settings.
   *
   * @param field further options of the gradient field, as in JSON, after a comma; or empty
   */
  protected final void createTrainingIndex(int shards, int replicas, Settings more, String field) {
    putAttributor();
    client()
        .admin()
        .cluster()
        .preparePutPipeline(
            "influence",
            new BytesArray("{\"processors\":[{\"rapidgrad\":{\"attributor\":\"demo\"}}]}"),
            XContentType.JSON)
        .get();
    client()
        .admin()
        .indices()
        .prepareCreate("train")
        .setSettings(
            Settings.builder()
                .put("index.codec", "rapidin")
                .put("index.default_pipeline", "influence")
                .put("index.number_of_shards", shards)
                .put("index.number_of_replicas", replicas)
                .put(more))
        .setMapping(
            "{\"properties\":{\"gradient\":{\"type\":\"gradient_vector\",\"attributor\":\"demo\""
                + field
                + "}}}")
        .get();
    ensureGreen("train");
  }

  /** The attributor {@code demo} of the model. */
  protected static AttributorSpec spec() {
    return AttributorSpecFormat.fromMap(
        Map.of(
            "model",
            MODEL,
            "adapter",
            TinyModelDirectory.ADAPTER,
            "template",
            Map.of("prompt", "{{instruction}}\n", "completion", "{{output}}"),
            "compression",
            Map.of("dimension", 256)));
  }

  /** Puts the attributor {@code demo} of the model. */
  protected final void putAttributor() {
    client()
        .execute(PutAttributorAction.INSTANCE, new PutAttributorAction.Request("demo", spec()))
        .actionGet();
  }

  /** Indexes documents with ids from {@code from} on. */
  protected static void ingest(Client client, int from, int count) {
    BulkRequestBuilder bulk = client.prepareBulk().setRefreshPolicy(RefreshPolicy.IMMEDIATE);
    for (int i = from; i < from + count; i++) {
      bulk.add(
          client
              .prepareIndex("train")
              .setId("" + i)
              .setSource(Map.of("instruction", "say " + i, "output", "number " + i)));
    }
    BulkResponse answer = bulk.get();
    assertFalse(answer.buildFailureMessage(), answer.hasFailures());
  }

  /** Returns how many documents an influence query finds. */
  protected static long found(Client client) {
    return client
        .prepareSearch("train")
        .setQuery(
            QueryBuilders.wrapperQuery(
                "{\"influence\":{\"gradient\":{\"prompt\":\"what\",\"completion\":\"this\"}}}"))
        .get()
        .getHits()
        .getTotalHits()
        .value();
  }
}
