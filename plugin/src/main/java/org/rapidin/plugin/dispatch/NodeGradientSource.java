package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.common.util.concurrent.ThreadContext.StoredContext;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.rapidin.attribution.GradientResult;
import org.rapidin.attribution.GradientSource;
import org.rapidin.attribution.QueryGradient;
import org.rapidin.attribution.Sample;
import org.rapidin.attribution.TokenSelection;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.RegisteredAttributor;

/**
 * Gradients for this node's processors and queries: computed here if this node has the model, else
 * on the first other node that can. Faults arrive as exceptions that carry their HTTP status.
 *
 * <p>Safe for many threads. Stages complete on the generic pool, in the caller's thread context:
 * what goes on there neither delays the next gradient nor forgets the user.
 */
public final class NodeGradientSource implements GradientSource {
  private final AttributorRegistry registry;
  private final LocalGradients local;
  private final Supplier<DiscoveryNodes> nodes;
  private final ThreadPool threadPool;
  // Fingerprint → node that answered last: asked first, so that the others are not asked in vain.
  private final Map<String, String> answered = new ConcurrentHashMap<>();
  private volatile TransportService transport;

  /**
   * @param registry the attributors of the cluster
   * @param local this node's own models
   * @param nodes of the cluster, as this node sees it now
   * @param threadPool completes stages
   */
  public NodeGradientSource(
      AttributorRegistry registry,
      LocalGradients local,
      Supplier<DiscoveryNodes> nodes,
      ThreadPool threadPool) {
    this.registry = registry;
    this.local = local;
    this.nodes = nodes;
    this.threadPool = threadPool;
  }

  /** This node's own models. */
  LocalGradients local() {
    return local;
  }

  /** Makes the other nodes reachable; before, only this node is asked. */
  void connect(TransportService service) {
    this.transport = service;
  }

  @Override
  public CompletionStage<List<GradientResult>> documents(String attributor, List<Sample> samples) {
    return ask(attributor, (provider, found) -> provider.documents(found, samples));
  }

  @Override
  public CompletionStage<QueryGradient> query(
      String attributor, Sample generation, TokenSelection selection, boolean perToken) {
    return ask(
        attributor, (provider, found) -> provider.query(found, generation, selection, perToken));
  }

  private interface Question<T> {
    CompletionStage<T> put(GradientProvider provider, RegisteredAttributor attributor);
  }

  private <T> CompletionStage<T> ask(String id, Question<T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    Supplier<StoredContext> caller = threadPool.getThreadContext().newRestorableContext(true);
    try {
      RegisteredAttributor attributor = registry.require(id);
      new Round<>(attributor, question, candidates(attributor))
          .next()
          .whenComplete((value, fault) -> complete(answer, value, fault, caller));
    } catch (RuntimeException e) {
      answer.completeExceptionally(GradientFaults.asException(e));
    }
    return answer;
  }

  private <T> void complete(
      CompletableFuture<T> answer, T value, Throwable fault, Supplier<StoredContext> caller) {
    Runnable tell =
        () -> {
          try (StoredContext ignored = caller.get()) {
            if (fault == null) {
              answer.complete(value);
            } else {
              answer.completeExceptionally(GradientFaults.asException(fault));
            }
          }
        };
    try {
      threadPool.generic().execute(tell);
    } catch (RejectedExecutionException shuttingDown) { // whoever waits must hear of it even so
      answer.completeExceptionally(shuttingDown);
    }
  }

  /** Other nodes in the order in which they are asked. */
  private List<DiscoveryNode> candidates(RegisteredAttributor attributor) {
    List<DiscoveryNode> others = new ArrayList<>();
    if (transport != null) {
      DiscoveryNodes all = nodes.get();
      all.forEach(
          node -> {
            if (!node.getId().equals(all.getLocalNodeId())) {
              others.add(node);
            }
          });
      Collections.shuffle(others);
      String last = answered.get(attributor.fingerprint());
      others.sort(Comparator.comparing(node -> !node.getId().equals(last)));
    }
    return others;
  }

  /** One question on its way from node to node. */
  private final class Round<T> {
    private final RegisteredAttributor attributor;
    private final Question<T> question;
    private final List<DiscoveryNode> others;
    private final List<String> reasons = new ArrayList<>();
    private int asked = -1;

    Round(RegisteredAttributor attributor, Question<T> question, List<DiscoveryNode> others) {
      this.attributor = attributor;
      this.question = question;
      this.others = others;
    }

    CompletionStage<T> next() {
      GradientProvider provider =
          asked < 0 ? local : new RemoteGradients(transport, others.get(asked));
      return question
          .put(provider, attributor)
          .handle(
              (value, fault) ->
                  fault == null ? succeeded(value) : failed(GradientFaults.asException(fault)))
          .thenCompose(Function.identity());
    }

    private CompletionStage<T> succeeded(T value) {
      if (asked >= 0) {
        answered.put(attributor.fingerprint(), others.get(asked).getId());
      }
      return CompletableFuture.completedStage(value);
    }

    private CompletionStage<T> failed(Exception fault) {
      if (!GradientFaults.isUnavailable(fault)) {
        return CompletableFuture.failedStage(fault);
      }
      reasons.add("[" + name() + "] " + fault.getMessage());
      asked++;
      return asked < others.size() ? next() : CompletableFuture.failedStage(nowhere());
    }

    private String name() {
      return (asked < 0 ? nodes.get().getLocalNode() : others.get(asked)).getName();
    }

    private Exception nowhere() {
      return new OpenSearchStatusException(
          "no node can compute gradients of attributor ["
              + attributor.id()
              + "] now: "
              + String.join("; ", reasons),
          RestStatus.SERVICE_UNAVAILABLE);
    }
  }
}
