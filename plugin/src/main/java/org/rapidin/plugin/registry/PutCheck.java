package org.rapidin.plugin.registry;

import java.util.List;
import org.opensearch.ExceptionsHelper;
import org.opensearch.action.FailedNodeException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.transport.ReceiveTimeoutTransportException;
import org.opensearch.transport.client.Client;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.node.AttributorCheckResult;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesCheckAction;

/** Runs the checks of an attributor before it is registered, on one node that has its model. */
final class PutCheck {
  private static final String AGAIN = "%s: run POST _plugins/_rapidin/attributors/%s/_check (%s)";

  private final Client client;

  PutCheck(Client client) {
    this.client = client;
  }

  /**
   * Checks an attributor.
   *
   * @param nodes ids of the nodes that have its model
   * @param listener is given what was found; fails with the report if vectors would be wrong
   */
  void run(
      PutAttributorAction.Request request,
      RegisteredAttributor attributor,
      List<String> nodes,
      ActionListener<AttributorCheckResult> listener) {
    if (!request.check() || nodes.isEmpty()) {
      listener.onResponse(
          AttributorCheckResult.skipped(
              request.check() ? "no node with the model is up" : "the request said so"));
      return;
    }
    NodesCheckAction.Request check = new NodesCheckAction.Request(attributor, nodes.getFirst());
    client.execute(
        NodesCheckAction.INSTANCE,
        check.timeout(request.timeout()),
        ActionListener.wrap(
            answers -> listener.onResponse(required(attributor.id(), answers)),
            listener::onFailure));
  }

  private static AttributorCheckResult required(
      String id, NodeAnswers<AttributorCheckResult> answers) {
    if (answers.getNodes().isEmpty()) {
      return AttributorCheckResult.skipped(
          answers.hasFailures()
              ? unfinished(id, answers.failures().getFirst())
              : AGAIN.formatted("it did not run", id, "the node left"));
    }
    AttributorCheckResult result = answers.getNodes().getFirst().value();
    if (result.hasFailed()) {
      throw new IllegalArgumentException(
          "attributor [%s] would compute wrong vectors: %s; to register it nevertheless, add ?check=false"
              .formatted(id, result.report().failures()));
    }
    return result;
  }

  /** Why there is no result of a check that a node has begun. */
  static String unfinished(String id, FailedNodeException failure) {
    boolean late = ExceptionsHelper.unwrap(failure, ReceiveTimeoutTransportException.class) != null;
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return AGAIN.formatted(
        late ? "it did not finish in time" : "it failed",
        id,
        late
            ? failure.getMessage()
            : "node [%s]: %s"
                .formatted(failure.nodeId(), ExceptionsHelper.unwrapCause(cause).getMessage()));
  }
}
