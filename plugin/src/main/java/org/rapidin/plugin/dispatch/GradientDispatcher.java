package org.rapidin.plugin.dispatch;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.rapidin.attribution.ResolvedAttributor;
import org.rapidin.plugin.handle.GradientHandles;
import org.rapidin.plugin.wire.FileNames;

/**
 * Sends a request to the least loaded node that has the model, and to the next one when that node
 * is full, lacks the model, has left or fails for a reason other than the request. Safe for many
 * threads.
 */
final class GradientDispatcher {
  private final Supplier<DiscoveryNodes> nodes;
  private final NodeLoads loads;
  private final GradientNode local;
  private final GradientTasks tasks;
  private final GradientHandles handles;

  /**
   * @param nodes of the cluster, as this node sees it now
   * @param local gradients that this node computes
   * @param handles notes which node keeps the vectors of tokens
   */
  GradientDispatcher(
      Supplier<DiscoveryNodes> nodes,
      NodeLoads loads,
      GradientNode local,
      GradientTasks tasks,
      GradientHandles handles) {
    this.nodes = nodes;
    this.loads = loads;
    this.local = local;
    this.tasks = tasks;
    this.handles = handles;
  }

  /**
   * Computes somewhere in the cluster.
   *
   * @param task parent of requests to other nodes; it is cancelled when the returned future is
   * @param question asks one node
   */
  <T> CompletableFuture<T> dispatch(
      GradientTask task,
      ResolvedAttributor attributor,
      Function<GradientNode, CompletableFuture<T>> question) {
    DiscoveryNodes now = nodes.get();
    loads.retain(now);
    Attempts<T> attempts = new Attempts<>(now, task, attributor, question);
    attempts.next();
    return attempts.answer;
  }

  /** One question that is passed from node to node until one answers. */
  private final class Attempts<T> {
    private final DiscoveryNodes candidates;
    private final GradientTask task;
    private final ResolvedAttributor attributor;
    private final Function<GradientNode, CompletableFuture<T>> question;
    private final Set<String> asked = new HashSet<>();
    private final List<String> reasons = new ArrayList<>();
    private final CompletableFuture<T> answer = new CompletableFuture<>();
    private boolean full;
    private Exception internal;
    private volatile CompletableFuture<T> current;

    Attempts(
        DiscoveryNodes candidates,
        GradientTask task,
        ResolvedAttributor attributor,
        Function<GradientNode, CompletableFuture<T>> question) {
      this.candidates = candidates;
      this.task = task;
      this.attributor = attributor;
      this.question = question;
      answer.whenComplete((value, fault) -> stop());
    }

    private void stop() {
      CompletableFuture<T> running = current;
      if (running != null) {
        running.cancel(true);
      }
    }

    void next() {
      if (answer.isDone()) {
        return;
      }
      Optional<DiscoveryNode> chosen = loads.choose(candidates, attributor.fingerprint(), asked);
      if (chosen.isEmpty()) {
        answer.completeExceptionally(nowhere());
        return;
      }
      DiscoveryNode node = chosen.get();
      asked.add(node.getId());
      boolean here = node.getId().equals(candidates.getLocalNodeId());
      CompletableFuture<T> attempt =
          question.apply(here ? local : new RemoteGradients(tasks, task, node, loads, handles));
      current = attempt;
      if (answer.isDone()) { // cancelled while the question was on its way
        attempt.cancel(true);
      }
      attempt.whenComplete(
          (value, fault) -> {
            if (fault == null) {
              loads.found(node.getId(), attributor.fingerprint(), true);
              answer.complete(value);
            } else {
              failed(node, GradientFaults.asException(fault));
            }
          });
    }

    private void failed(DiscoveryNode node, Exception fault) {
      boolean rejected = GradientFaults.isFull(fault);
      if (!rejected && !GradientFaults.isUnavailable(fault)) {
        answer.completeExceptionally(fault);
        return;
      }
      full |= rejected;
      if (!rejected && ExceptionsHelper.status(fault) == RestStatus.INTERNAL_SERVER_ERROR) {
        internal = fault;
      }
      if (GradientFaults.lacksModel(fault)) {
        loads.found(node.getId(), attributor.fingerprint(), false);
      }
      reasons.add(
          "[%s] %s".formatted(node.getName(), FileNames.withoutFolders(fault.getMessage())));
      next();
    }

    /**
     * 429 if a node that has the model is only busy; a node's own fault if one failed; else 503.
     */
    private Exception nowhere() {
      if (!full && internal != null) {
        return internal;
      }
      String message =
          "no node can compute gradients of attributor [%s] now: %s"
              .formatted(attributor.id(), String.join("; ", reasons));
      return full
          ? new OpenSearchRejectedExecutionException(message)
          : new OpenSearchStatusException(message, RestStatus.SERVICE_UNAVAILABLE);
    }
  }
}
