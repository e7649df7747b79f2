package org.rapidin.plugin;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.search.SearchService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.guard.WriteIndices;

/**
 * What the plugin uses of the node, as OpenSearch provides it when components are created.
 *
 * @param repositories returns null until the node has started
 */
record NodeServices(
    Client client,
    ClusterService cluster,
    ThreadPool threadPool,
    Environment environment,
    NodeEnvironment nodeEnvironment,
    IndexNameExpressionResolver indexNames,
    Supplier<RepositoriesService> repositories) {

  Settings settings() {
    return environment.settings();
  }

  ClusterState state() {
    return cluster.state();
  }

  ThreadContext threadContext() {
    return threadPool.getThreadContext();
  }

  WriteIndices writeIndices() {
    return new WriteIndices(this::state, indexNames);
  }

  /** The id of this node; may be called only after the node has joined a cluster. */
  String localNodeId() {
    return cluster.localNode().getId();
  }

  /** The time limit of a search that sets none. */
  TimeValue defaultSearchTimeout() {
    return cluster.getClusterSettings().get(SearchService.DEFAULT_SEARCH_TIMEOUT_SETTING);
  }

  /** The data path outlives the process of the node, its temporary directory does not. */
  Path cacheDirectory() {
    return nodeEnvironment.hasNodeFile()
        ? nodeEnvironment.nodeDataPaths()[0].resolve("rapidin")
        : environment.tmpDir().resolve("rapidin");
  }
}
