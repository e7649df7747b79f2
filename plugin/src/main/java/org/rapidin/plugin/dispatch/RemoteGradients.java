package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.common.lease.Releasable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportRequestOptions;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.handle.ResolvedGradient;

/**
 * Gradients that another node computes, as children of a task of this node.
 *
 * @param tasks reaches the node
 * @param task parent of the requests; cancelling a returned future cancels it on both nodes
 * @param loads receives the node's load
 * @param handles notes that the node keeps the vectors of tokens
 */
record RemoteGradients(
    GradientTasks tasks,
    GradientTask task,
    DiscoveryNode node,
    NodeLoads loads,
    GradientHandles handles)
    implements GradientNode {

  @Override
  public CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples) {
    return send(
        GradientTransport.DOCUMENTS,
        new DocumentsRequest(attributor, samples),
        DocumentsResponse::new,
        (response, answer) -> answer.complete(response.results()));
  }

  @Override
  public CompletableFuture<QueryGradient> query(QueryRequest request) {
    ResolvedAttributor attributor = request.attributor();
    return send(
        GradientTransport.QUERY,
        request,
        QueryResponse::new,
        (response, answer) -> {
          QueryGradient gradient = response.gradient();
          if (!request.generation().perToken() || gradient.hasTokenVectors()) {
            answer.complete(gradient);
            return;
          }
          Releasable unused =
              handles.lentBy(
                  node.getId(),
                  response.lent(),
                  ResolvedGradient.of(gradient, attributor.id(), attributor.spec().model()));
          if (!answer.complete(gradient)) { // the caller no longer waits
            unused.close();
          }
        });
  }

  @Override
  public CompletableFuture<TrainingTokens> trainingTokens(TrainingTokensRequest request) {
    return send(
        GradientTransport.TRAINING_TOKENS,
        request,
        TrainingTokensResponse::new,
        (response, answer) -> answer.complete(response.tokens()));
  }

  private <S extends TransportResponse & LoadReport, T> CompletableFuture<T> send(
      String action,
      TransportRequest request,
      Writeable.Reader<S> reader,
      BiConsumer<S, CompletableFuture<T>> deliver) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    String id = node.getId();
    ActionListener<S> listener =
        ActionListener.wrap(
            response -> {
              loads.reported(id, response.waiting());
              deliver.accept(response, answer);
            },
            answer::completeExceptionally);
    loads.sent(id);
    try {
      tasks
          .transport()
          .sendChildRequest(
              node,
              action,
              request,
              task,
              TransportRequestOptions.EMPTY,
              new ActionListenerResponseHandler<>(
                  ActionListener.runBefore(listener, () -> loads.ended(id)),
                  reader,
                  ThreadPool.Names.GENERIC));
    } catch (RuntimeException e) { // the task was cancelled
      loads.ended(id);
      answer.completeExceptionally(e);
    }
    answer.whenComplete(
        (done, fault) -> {
          if (answer.isCancelled() && !task.isCancelled()) {
            tasks.cancel(task, "the request has ended");
          }
        });
    return answer;
  }
}
