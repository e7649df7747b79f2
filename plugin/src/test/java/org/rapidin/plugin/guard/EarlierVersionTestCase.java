package org.rapidin.plugin.guard;

import java.io.IOException;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.ClusterStateUpdateTask;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.metadata.Metadata;
import org.opensearch.cluster.routing.RoutingTable;
import org.opensearch.cluster.routing.allocation.AllocationService;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.UUIDs;
import org.opensearch.common.settings.Settings;

/** Puts what the plugin refuses into the cluster state, where an earlier version left it. */
public abstract class EarlierVersionTestCase extends GradientDocumentsTestCase {

  /** Makes a cluster state of another. */
  interface Change {
    ClusterState of(ClusterState state);
  }

  void change(Change change) {
    PlainActionFuture<Void> done = new PlainActionFuture<>();
    getInstanceFromNode(ClusterService.class)
        .submitStateUpdateTask(
            "test",
            new ClusterStateUpdateTask() {
              @Override
              public ClusterState execute(ClusterState state) {
                return change.of(state);
              }

              @Override
              public void onFailure(String source, Exception e) {
                done.onFailure(e);
              }

              @Override
              public void clusterStateProcessed(String source, ClusterState old, ClusterState now) {
                done.onResponse(null);
              }
            });
    done.actionGet();
  }

  /**
   * Adds an index and waits until it has started.
   *
   * @param settings of an index with gradients
   * @param mapping as JSON
   */
  void addIndex(String name, Settings settings, String mapping) throws IOException {
    IndexMetadata index =
        IndexMetadata.builder(name)
            .settings(
                Settings.builder()
                    .put(settings)
                    .put(IndexMetadata.SETTING_INDEX_PROVIDED_NAME, name)
                    .put(IndexMetadata.SETTING_NUMBER_OF_REPLICAS, 0)
                    .put(IndexMetadata.SETTING_INDEX_UUID, UUIDs.randomBase64UUID()))
            .putMapping(mapping)
            .build();
    AllocationService allocation = getInstanceFromNode(AllocationService.class);
    change(
        state ->
            allocation.reroute(
                ClusterState.builder(state)
                    .metadata(Metadata.builder(state.metadata()).put(index, false))
                    .routingTable(
                        RoutingTable.builder(state.routingTable()).addAsNew(index).build())
                    .build(),
                "test"));
    ensureGreen(name);
  }
}
