package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.CorruptIndexException;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.action.support.ChannelActionListener;
import org.opensearch.action.support.GroupedActionListener;
import org.opensearch.action.support.clustermanager.AcknowledgedResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.index.IndexService;
import org.opensearch.index.shard.IndexShard;
import org.opensearch.indices.IndicesService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.plugin.mapper.GradientMappings;
import org.rapidin.plugin.node.NodeVerification.ShardVerification;
import org.rapidin.plugin.wire.VersionedBody;

/**
 * Fails damaged copies of shards of which a sound copy was found, each on its own node, so that
 * they are recovered from it. Where all copies are damaged they stay, because failing the last one
 * would take away the rest of its documents too: only the node that knows of all copies can decide.
 */
final class DamagedCopies {
  /** Internal: users cannot call it. */
  private static final String FAIL = "internal:rapidin/verify/fail_copy";

  private final TransportService transport;
  private final IndicesService indices;
  private final GradientMappings mappings;

  DamagedCopies(TransportService transport, IndicesService indices, GradientMappings mappings) {
    this.transport = transport;
    this.indices = indices;
    this.mappings = mappings;
    transport.registerRequestHandler(
        FAIL,
        ThreadPool.Names.GENERIC,
        CopyRequest::new,
        (request, channel, task) ->
            ActionListener.completeWith(
                new ChannelActionListener<>(channel, FAIL, request),
                () -> new AcknowledgedResponse(failHere(request))));
  }

  /** A damaged copy and its node. */
  private record Copy(DiscoveryNode node, ShardVerification found) {}

  /**
   * Fails what can be recovered.
   *
   * @param found what was found on all nodes
   * @param listener receives the same, with the copies that were failed
   */
  void fail(
      List<NodeAnswer<NodeVerification>> found,
      ActionListener<List<NodeAnswer<NodeVerification>>> listener) {
    List<Copy> recoverable = recoverable(found);
    if (recoverable.isEmpty()) {
      listener.onResponse(found);
      return;
    }
    Set<Copy> failed = ConcurrentHashMap.newKeySet();
    GroupedActionListener<Void> answered =
        new GroupedActionListener<>(
            ActionListener.map(
                listener, all -> found.stream().map(node -> marked(node, failed)).toList()),
            recoverable.size());
    for (Copy copy : recoverable) {
      ActionListener<AcknowledgedResponse> answer =
          ActionListener.wrap(
              done -> {
                if (done.isAcknowledged()) {
                  failed.add(copy);
                }
                answered.onResponse(null);
              },
              // The node has left, or the copy was moved: it is as it was found.
              fault -> answered.onResponse(null));
      transport.sendRequest(
          copy.node(),
          FAIL,
          new CopyRequest(copy.found().index(), copy.found().shard()),
          new ActionListenerResponseHandler<>(
              answer, AcknowledgedResponse::new, ThreadPool.Names.GENERIC));
    }
  }

  private static List<Copy> recoverable(List<NodeAnswer<NodeVerification>> found) {
    List<ShardVerification> sound =
        found.stream()
            .flatMap(node -> node.value().shards().stream())
            .filter(ShardVerification::isSound)
            .toList();
    List<Copy> recoverable = new ArrayList<>();
    for (NodeAnswer<NodeVerification> node : found) {
      for (ShardVerification copy : node.value().shards()) {
        if (!copy.isSound() && sound.stream().anyMatch(copy::isCopyOf)) {
          recoverable.add(new Copy(node.getNode(), copy));
        }
      }
    }
    return recoverable;
  }

  private static NodeAnswer<NodeVerification> marked(
      NodeAnswer<NodeVerification> node, Set<Copy> failed) {
    return new NodeAnswer<>(
        node.getNode(),
        new NodeVerification(
            node.value().shards().stream()
                .map(copy -> failed.contains(new Copy(node.getNode(), copy)) ? copy.failed() : copy)
                .toList()));
  }

  /** Fails this node's copy if it is still damaged; it may have been recovered meanwhile. */
  private boolean failHere(CopyRequest request) throws IOException {
    for (IndexService service : indices) {
      IndexShard shard = service.getShardOrNull(request.shard());
      if (service.index().getName().equals(request.index()) && shard != null) {
        Set<String> fields = mappings.gradients(shard.indexSettings().getIndexMetadata());
        Optional<CorruptIndexException> damage = ShardVerifier.damage(shard, fields, sound -> {});
        damage.ifPresent(
            fault -> shard.failShard("gradient vectors do not have their checksum", fault));
        return damage.isPresent();
      }
    }
    return false;
  }

  /** Names a shard. */
  private static final class CopyRequest extends TransportRequest {
    private static final int VERSION = 1;

    private final String index;
    private final int shard;

    CopyRequest(String index, int shard) {
      this.index = index;
      this.shard = shard;
    }

    CopyRequest(StreamInput in) throws IOException {
      record Fields(String index, int shard) {}
      super(in);
      Fields fields =
          VersionedBody.read(in, (version, body) -> new Fields(body.readString(), body.readVInt()));
      index = fields.index();
      shard = fields.shard();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(
          out,
          VERSION,
          body -> {
            body.writeString(index);
            body.writeVInt(shard);
          });
    }

    String index() {
      return index;
    }

    int shard() {
      return shard;
    }
  }
}
