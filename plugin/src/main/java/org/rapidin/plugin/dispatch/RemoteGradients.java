package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.transport.TransportResponse;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * Gradients that another node computes.
 *
 * @param transport reaches it
 * @param node the other node
 */
record RemoteGradients(TransportService transport, DiscoveryNode node) implements GradientProvider {

  @Override
  public CompletionStage<List<GradientResult>> documents(
      RegisteredAttributor attributor, List<Sample> samples) {
    return send(
        GradientTransport.DOCUMENTS,
        new DocumentsRequest(attributor, samples),
        DocumentsResponse::new,
        DocumentsResponse::results);
  }

  @Override
  public CompletionStage<QueryGradient> query(
      RegisteredAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    return send(
        GradientTransport.QUERY,
        new QueryRequest(attributor, generation, selection, perToken),
        QueryResponse::new,
        QueryResponse::gradient);
  }

  private <S extends TransportResponse, T> CompletionStage<T> send(
      String action, TransportRequest request, Writeable.Reader<S> reader, Function<S, T> value) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    transport.sendRequest(
        node,
        action,
        request,
        new ActionListenerResponseHandler<>(
            ActionListener.wrap(
                response -> answer.complete(value.apply(response)), answer::completeExceptionally),
            reader,
            ThreadPool.Names.GENERIC));
    return answer;
  }
}
