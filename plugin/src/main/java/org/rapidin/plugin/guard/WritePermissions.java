package org.rapidin.plugin.guard;

import java.util.Map;
import org.opensearch.action.admin.indices.create.AutoCreateAction;
import org.opensearch.action.admin.indices.create.CreateIndexRequest;
import org.opensearch.action.admin.indices.create.CreateIndexResponse;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.BulkShardResponse;
import org.opensearch.action.bulk.TransportShardBulkAction;
import org.opensearch.action.index.IndexRequest;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.AutoCreateIndex;
import org.opensearch.action.support.WriteRequest.RefreshPolicy;
import org.opensearch.cluster.metadata.IndexMetadata;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.index.shard.ShardId;
import org.opensearch.tasks.TaskManager;
import org.opensearch.transport.TransportService;

/**
 * Asks what OpenSearch asks when the pipelines of a bulk have run: whether an index may be created,
 * if there is none, and whether the user may create it and index a document. Safe for many threads.
 */
public final class WritePermissions extends AbstractLifecycleComponent {
  private final AutoCreateIndex autoCreate;
  private final ClusterService cluster;
  private final UnperformedAction<CreateIndexRequest, CreateIndexResponse> create;
  private final UnperformedAction<BulkShardRequest, BulkShardResponse> write;

  /**
   * @param filters of the node
   * @param autoCreate decides which indices bulks create
   * @param refusals asks here
   */
  @Inject
  public WritePermissions(
      TransportService transport,
      ActionFilters filters,
      AutoCreateIndex autoCreate,
      ClusterService cluster,
      VectorRefusals refusals) {
    this.autoCreate = autoCreate;
    this.cluster = cluster;
    TaskManager tasks = transport.getTaskManager();
    this.create =
        new UnperformedAction<>(
            AutoCreateAction.NAME,
            filters,
            tasks,
            CreateIndexRequest::index,
            () -> new CreateIndexResponse(true, true, ""));
    this.write =
        new UnperformedAction<>(
            TransportShardBulkAction.ACTION_NAME,
            filters,
            tasks,
            request -> request.shardId().getIndexName(),
            () -> new BulkShardResponse(null, new BulkItemResponse[0]));
    refusals.connect(this);
  }

  /**
   * Asks about an index, as the user of the caller's thread context.
   *
   * @param index name of an index, not of an alias; of the one that would be created where there is
   *     none
   * @param listener fails with what a document of that index would fail with
   * @throws org.opensearch.index.IndexNotFoundException if there is none and none may be created
   */
  void ask(String index, ActionListener<Void> listener) {
    if (autoCreate.shouldAutoCreate(index, cluster.state())) {
      create.execute(
          new CreateIndexRequest(index).cause("auto(bulk api)"),
          ActionListener.wrap(created -> askToWrite(index, listener), listener::onFailure));
    } else {
      askToWrite(index, listener);
    }
  }

  private void askToWrite(String index, ActionListener<Void> listener) {
    IndexRequest document = new IndexRequest(index).source(Map.of());
    BulkItemRequest[] items = {new BulkItemRequest(0, document)};
    // No shard is written: that of the request need not exist.
    ShardId shard = new ShardId(index, IndexMetadata.INDEX_UUID_NA_VALUE, 0);
    write.execute(
        new BulkShardRequest(shard, RefreshPolicy.NONE, items),
        ActionListener.map(listener, written -> null));
  }

  @Override
  protected void doStart() {}

  @Override
  protected void doStop() {}

  @Override
  protected void doClose() {}
}
