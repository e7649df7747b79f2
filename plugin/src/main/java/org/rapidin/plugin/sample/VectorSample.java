package org.rapidin.plugin.sample;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.action.support.TransportActions;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.node.NodeClosedException;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.ConnectTransportException;
import org.opensearch.transport.TransportService;

/**
 * Reads the vectors of documents where they are stored, without running the model. Blocks: not for
 * transport threads.
 */
public final class VectorSample {
  /** Bytes of the vectors of a batch, unless one alone is larger. */
  static final int BATCH_BYTES = 4 << 20;

  private final String field;
  private final int dimension;
  private final TransportService transport;
  private final DiscoveryNodes nodes;
  private final Runnable check;

  /** Receives vectors. */
  public interface Batches {
    /** Takes some vectors. */
    void accept(List<float[]> vectors) throws IOException;
  }

  /**
   * Reads a field.
   *
   * @param field full name of a gradient field
   * @param dimension K
   * @param nodes that have the documents
   * @param check is called while a node is asked; throws to end the wait
   */
  public VectorSample(
      String field,
      int dimension,
      TransportService transport,
      DiscoveryNodes nodes,
      Runnable check) {
    this.field = field;
    this.dimension = dimension;
    this.transport = transport;
    this.nodes = nodes;
    this.check = check;
  }

  /** Returns the bytes that a batch takes, as it was received and as it is decoded. */
  public long batchBytes() {
    return 3L * Math.max(BATCH_BYTES, (long) Float.BYTES * dimension);
  }

  /** Returns how many vectors a batch has. */
  public int batchSize() {
    return Math.max(1, BATCH_BYTES / (Float.BYTES * dimension));
  }

  /**
   * Reads the vectors of documents.
   *
   * @param batches receives some vectors at a time, each of length K
   * @throws OpenSearchStatusException (503) if a node no longer has them
   */
  public void read(List<ShardDocuments> documents, Batches batches) throws IOException {
    for (ShardDocuments shard : documents) {
      for (ShardDocuments piece : shard.pieces(batchSize())) {
        batches.accept(ask(piece).vectors());
      }
    }
  }

  /**
   * Reads the vectors of a batch.
   *
   * @param batch at most {@link #batchSize} documents
   * @return one per document, of length K; null where the document or its vector is gone
   * @throws OpenSearchStatusException (503) if the node no longer has their shard, or is of an
   *     earlier version
   */
  public float[][] read(ShardDocuments batch) {
    VectorTransport.Response answer = ask(batch);
    if (answer.positions().size() != answer.vectors().size()) {
      throw new OpenSearchStatusException(
          "node [%s] has a version of the plugin that does not say which document a vector belongs to: upgrade it"
              .formatted(batch.node()),
          RestStatus.SERVICE_UNAVAILABLE);
    }
    float[][] vectors = new float[batch.ids().size()][];
    for (int i = 0; i < answer.vectors().size(); i++) {
      vectors[answer.positions().get(i)] = answer.vectors().get(i);
    }
    return vectors;
  }

  private VectorTransport.Response ask(ShardDocuments batch) {
    DiscoveryNode node = nodes.get(batch.node());
    if (node == null) {
      throw gone(batch, null);
    }
    PlainActionFuture<VectorTransport.Response> answer = new PlainActionFuture<>();
    transport.sendRequest(
        node,
        VectorTransport.VECTORS,
        new VectorTransport.Request(batch.shard(), field, List.copyOf(batch.ids())),
        new ActionListenerResponseHandler<>(
            answer, VectorTransport.Response::new, ThreadPool.Names.SAME));
    VectorTransport.Response found = await(answer, batch);
    if (found.vectors().stream().anyMatch(vector -> vector.length != dimension)) {
      throw new IllegalStateException(
          "vectors of shard %s have %s numbers, not %s"
              .formatted(
                  batch.shard(),
                  Arrays.toString(
                      found.vectors().stream().mapToInt(v -> v.length).distinct().toArray()),
                  dimension));
    }
    return found;
  }

  private VectorTransport.Response await(
      PlainActionFuture<VectorTransport.Response> answer, ShardDocuments batch) {
    try {
      return WantedAnswer.await(answer, check);
    } catch (RuntimeException e) {
      Throwable cause = ExceptionsHelper.unwrapCause(e);
      boolean left =
          cause instanceof ConnectTransportException || cause instanceof NodeClosedException;
      throw left || TransportActions.isShardNotAvailableException(e) ? gone(batch, e) : e;
    }
  }

  /** A node may leave, and a shard may move, after documents were drawn. */
  private static OpenSearchStatusException gone(ShardDocuments batch, Exception cause) {
    return new OpenSearchStatusException(
        "node [%s] no longer has shard %s, which documents of the sample are in: repeat the request"
            .formatted(batch.node(), batch.shard()),
        RestStatus.SERVICE_UNAVAILABLE,
        cause);
  }
}
