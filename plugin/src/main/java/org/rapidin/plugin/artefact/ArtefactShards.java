package org.rapidin.plugin.artefact;

import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.admin.cluster.health.ClusterHealthRequest;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.routing.IndexRoutingTable;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.transport.client.Client;

/**
 * Whether the index of artefacts can be read. One that was just created, or whose node has just
 * started, cannot yet.
 *
 * @param client of the plugin, not of a user
 * @param state the cluster as this node sees it now
 */
record ArtefactShards(Client client, Supplier<ClusterState> state) {
  private static final TimeValue ACTIVE_WITHIN = TimeValue.timeValueSeconds(10);

  /** Returns whether there is an index of artefacts. */
  boolean exist() {
    return state.get().metadata().hasIndex(ArtefactIndex.NAME);
  }

  /**
   * Waits until the index can be read.
   *
   * @param listener fails with 503 if that takes too long
   * @param read runs when it can
   */
  void whenReadable(ActionListener<?> listener, Runnable read) {
    IndexRoutingTable shards = state.get().routingTable().index(ArtefactIndex.NAME);
    if (shards != null && shards.allPrimaryShardsActive()) {
      read.run();
      return;
    }
    client
        .admin()
        .cluster()
        .health(
            new ClusterHealthRequest(ArtefactIndex.NAME)
                .waitForYellowStatus()
                .timeout(ACTIVE_WITHIN),
            ActionListener.wrap(
                health -> {
                  if (health.isTimedOut()) {
                    throw new OpenSearchStatusException(
                        "index [%s], which has the artefacts, has no active primary shard after %s: GET _cluster/allocation/explain says why"
                            .formatted(ArtefactIndex.NAME, ACTIVE_WITHIN),
                        RestStatus.SERVICE_UNAVAILABLE);
                  }
                  read.run();
                },
                listener::onFailure));
  }
}
