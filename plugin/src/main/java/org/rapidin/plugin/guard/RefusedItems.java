package org.rapidin.plugin.guard;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.action.bulk.BulkItemRequest;
import org.opensearch.action.bulk.BulkItemResponse;
import org.opensearch.action.bulk.BulkShardRequest;
import org.opensearch.action.bulk.BulkShardResponse;
import org.opensearch.action.support.replication.ReplicationResponse;

/** The items of a shard's part of a bulk that fail before they reach the shard. */
final class RefusedItems {
  private final BulkShardRequest bulk;
  private final Map<Integer, BulkItemResponse> refused = new TreeMap<>();

  RefusedItems(BulkShardRequest bulk) {
    this.bulk = bulk;
  }

  /**
   * Makes an item fail.
   *
   * @param cause whose status the item gets
   */
  void add(BulkItemRequest item, Exception cause) {
    refused.put(
        item.id(),
        new BulkItemResponse(
            item.id(),
            item.request().opType(),
            new BulkItemResponse.Failure(item.index(), item.request().id(), cause)));
  }

  boolean isEmpty() {
    return refused.isEmpty();
  }

  /** Returns the request with the other items. */
  BulkShardRequest rest() {
    BulkItemRequest[] kept =
        Arrays.stream(bulk.items())
            .filter(item -> !refused.containsKey(item.id()))
            .toArray(BulkItemRequest[]::new);
    BulkShardRequest rest = new BulkShardRequest(bulk.shardId(), bulk.getRefreshPolicy(), kept);
    rest.waitForActiveShards(bulk.waitForActiveShards());
    rest.timeout(bulk.timeout());
    rest.setParentTask(bulk.getParentTask());
    return rest;
  }

  /** Returns the response where no other item is left. */
  BulkShardResponse response() {
    BulkShardResponse response =
        new BulkShardResponse(bulk.shardId(), refused.values().toArray(BulkItemResponse[]::new));
    // No shard copy was written, so none has failed.
    response.setShardInfo(new ReplicationResponse.ShardInfo());
    return response;
  }

  /** Returns the response of the other items with the refused ones. */
  BulkShardResponse mergedWith(BulkShardResponse done) {
    List<BulkItemResponse> all = new ArrayList<>(List.of(done.getResponses()));
    all.addAll(refused.values());
    BulkShardResponse merged =
        new BulkShardResponse(
            done.getShardId(),
            all.toArray(BulkItemResponse[]::new),
            done.getServiceTimeEWMAInNanos(),
            done.getNodeQueueSize());
    merged.setShardInfo(done.getShardInfo());
    return merged;
  }
}
