package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;

/**
 * Sends a request to nodes and collects one answer from each; subclasses say what a node does.
 *
 * @param <Q> the request, sent to each node as it is
 * @param <A> what a node answers
 */
abstract class TransportEachNodeAction<Q extends BaseNodesRequest<Q>, A extends Writeable>
    extends TransportNodesAction<Q, NodeAnswers<A>, NodeRequest<Q>, NodeAnswer<A>> {
  private final Writeable.Reader<A> answerReader;

  /**
   * @param executor name of the thread pool that {@link #answer} runs on
   */
  TransportEachNodeAction(
      String name,
      ThreadPool threadPool,
      ClusterService clusterService,
      TransportService transportService,
      ActionFilters filters,
      Writeable.Reader<Q> requestReader,
      Writeable.Reader<A> answerReader,
      String executor) {
    super(
        name,
        threadPool,
        clusterService,
        transportService,
        filters,
        requestReader,
        in -> new NodeRequest<>(in, requestReader),
        executor,
        answerClass());
    this.answerReader = answerReader;
  }

  /** Generics are erased: the class of any answer is the class of this one. */
  @SuppressWarnings("unchecked")
  private static <A extends Writeable> Class<NodeAnswer<A>> answerClass() {
    return (Class<NodeAnswer<A>>) (Class<?>) NodeAnswer.class;
  }

  /**
   * Computes this node's answer.
   *
   * @param task this node's part of the request
   */
  abstract A answer(Q request, Task task);

  @Override
  protected final NodeAnswers<A> newResponse(
      Q request, List<NodeAnswer<A>> answers, List<FailedNodeException> failures) {
    return new NodeAnswers<>(clusterService.getClusterName(), answers, failures, answerReader);
  }

  @Override
  protected final NodeRequest<Q> newNodeRequest(Q request) {
    return new NodeRequest<>(request);
  }

  @Override
  protected final NodeAnswer<A> newNodeResponse(StreamInput in) throws IOException {
    return new NodeAnswer<>(in, answerReader);
  }

  @Override
  protected final NodeAnswer<A> nodeOperation(NodeRequest<Q> request, Task task) {
    return new NodeAnswer<>(clusterService.localNode(), answer(request.request(), task));
  }

  @Override
  protected final NodeAnswer<A> nodeOperation(NodeRequest<Q> request) {
    throw new UnsupportedOperationException("a node's answer is computed with its task");
  }
}
