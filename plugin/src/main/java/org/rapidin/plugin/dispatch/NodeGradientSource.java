package org.rapidin.plugin.dispatch;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.SetOnce;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.ModelUnavailableException;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TextLimit;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.attribution.TrainingTokens;
import org.rapidin.plugin.handle.GradientHandles;

/**
 * Gradients for this node's processors and queries, computed by the least loaded node that has the
 * model. Each is a task, child of the request in the thread context ({@link RequestOrigin}), and
 * ends with it: cancelled, or at its deadline. Faults arrive as exceptions that carry their HTTP
 * status.
 *
 * <p>Safe for many threads. Futures complete on the generic pool, in the caller's thread context
 * ({@link GuardedAnswer}).
 */
public final class NodeGradientSource implements GradientSource {
  private final LocalGradients local;
  private final Supplier<DiscoveryNodes> nodes;
  private final ThreadPool threadPool;
  private final int maxCharacters;
  private final SetOnce<Connected> connected = new SetOnce<>();

  private record Connected(GradientTasks tasks, GradientDispatcher dispatcher) {}

  /**
   * @param local this node's own models
   * @param nodes of the cluster, as this node sees it now
   * @param threadPool completes futures
   * @param maxCharacters of a text; see {@link TextCeiling}
   */
  public NodeGradientSource(
      LocalGradients local,
      Supplier<DiscoveryNodes> nodes,
      ThreadPool threadPool,
      int maxCharacters) {
    this.maxCharacters = maxCharacters;
    this.local = local;
    this.nodes = nodes;
    this.threadPool = threadPool;
  }

  /** This node's own models. */
  LocalGradients local() {
    return local;
  }

  /** Connects the node to the others; before, it computes nothing. */
  void connect(TransportService transport, GradientHandles handles) {
    GradientTasks tasks = new GradientTasks(transport);
    NodeLoads loads = new NodeLoads(local::waiting, System::nanoTime);
    connected.set(
        new Connected(tasks, new GradientDispatcher(nodes, loads, local, tasks, handles)));
  }

  @Override
  public CompletableFuture<List<GradientResult>> documents(
      ResolvedAttributor attributor, List<Sample> samples) {
    try {
      samples.forEach(limit(attributor)::requireCeiling);
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
    return compute(
        GradientTransport.DOCUMENTS,
        new DocumentsRequest(attributor, samples),
        attributor,
        node -> node.documents(attributor, samples));
  }

  @Override
  public CompletableFuture<QueryGradient> query(
      ResolvedAttributor attributor,
      Sample generation,
      TokenSelection selection,
      boolean perToken) {
    try {
      limit(attributor).requireWhole(generation); // before a large text travels to another node
    } catch (IllegalArgumentException e) {
      return CompletableFuture.failedFuture(e);
    }
    QueryRequest request =
        new QueryRequest(
            attributor,
            new Generation(generation, selection, perToken),
            RequestUser.of(threadPool.getThreadContext()));
    return compute(GradientTransport.QUERY, request, attributor, node -> node.query(request));
  }

  /**
   * Computes the parts that a document's tokens have in its inner products with some vectors; as
   * the other methods.
   *
   * @param vectors at least one, float32, length K; not to be changed
   */
  CompletableFuture<TrainingTokens> trainingTokens(
      ResolvedAttributor attributor, Sample document, List<float[]> vectors) {
    TrainingTokensRequest request =
        new TrainingTokensRequest(
            attributor, document, vectors, RequestUser.of(threadPool.getThreadContext()));
    return compute(
        GradientTransport.TRAINING_TOKENS,
        request,
        attributor,
        node -> node.trainingTokens(request));
  }

  private TextLimit limit(ResolvedAttributor attributor) {
    return new TextLimit(attributor.spec().maxTokens(), maxCharacters);
  }

  private <T> CompletableFuture<T> compute(
      String action,
      TransportRequest request,
      ResolvedAttributor attributor,
      Function<GradientNode, CompletableFuture<T>> question) {
    RequestOrigin origin = RequestOrigin.bound(threadPool.getThreadContext());
    GuardedAnswer<T> answer = new GuardedAnswer<>(threadPool, origin);
    try {
      if (connected.get() == null) {
        throw new ModelUnavailableException("this node is starting");
      }
      GradientTasks tasks = connected.get().tasks();
      GradientTasks.Registered registered = tasks.register(action, request, origin.parent());
      answer.onEnd(registered::close);
      answer.endWith(registered.task());
      answer.complete(
          connected.get().dispatcher().dispatch(registered.task(), attributor, question));
    } catch (RuntimeException e) {
      answer.fail(e);
    }
    return answer.future();
  }
}
