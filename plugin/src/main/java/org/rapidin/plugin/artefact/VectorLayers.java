package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.transport.client.Client;
import org.rapidin.attribution.compression.VectorPart;
import org.rapidin.plugin.attributor.AttributorRegistry;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.mapper.PinnedAttributor;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;
import org.rapidin.plugin.node.NodesModelAction;

/**
 * Which numbers of a field's vectors belong to which layer, as a node with the model says.
 *
 * @param registry of attributors
 */
record VectorLayers(AttributorRegistry registry) {
  /**
   * Asks the nodes; blocks.
   *
   * @throws IllegalArgumentException if the attributor has changed, no node has its model, or its
   *     compression adds numbers of several layers up
   */
  List<VectorPart> of(PinnedAttributor pins, String field, Client client) {
    RegisteredAttributor attributor = registry.require(pins.attributor());
    if (!attributor.fingerprint().equals(pins.fingerprint())) {
      throw new IllegalArgumentException(
          "field [%s] holds gradients of attributor [%s] as it was with fingerprint [%s], it now has [%s]: _reindex into a new index"
              .formatted(field, pins.attributor(), pins.fingerprint(), attributor.fingerprint()));
    }
    NodeAnswers<ModelReport> answers =
        client
            .execute(
                NodesModelAction.INSTANCE, new NodesModelAction.Request(attributor.spec(), true))
            .actionGet();
    List<ModelReport.Usable> usable =
        answers.getNodes().stream()
            .map(NodeAnswer::value)
            .filter(ModelReport.Usable.class::isInstance)
            .map(ModelReport.Usable.class::cast)
            .filter(report -> report.fingerprint().equals(pins.fingerprint()))
            .toList();
    if (usable.isEmpty()) {
      throw new IllegalArgumentException(
          "no node has the files of model [%s] as attributor [%s] was registered with, which say which numbers belong to which layer: %s; put them on a node"
              .formatted(attributor.spec().model(), attributor.id(), reasons(answers)));
    }
    return usable.stream()
        .map(ModelReport.Usable::parts)
        .filter(parts -> !parts.isEmpty())
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "compression.method [%s] of attributor [%s] does not keep the numbers of layers apart: use one with [logra] or [trackstar]"
                        .formatted(attributor.spec().compression().method(), attributor.id())));
  }

  /** What each node lacks. */
  private static String reasons(NodeAnswers<ModelReport> answers) {
    Stream<String> reports =
        answers.getNodes().stream()
            .map(answer -> "node [%s] %s".formatted(answer.getNode().getName(), reason(answer)));
    Stream<String> failures =
        answers.failures().stream()
            .map(
                failure ->
                    "node [%s] did not answer: %s"
                        .formatted(
                            failure.nodeId(),
                            ExceptionsHelper.unwrapCause(failure.getCause()).getMessage()));
    return Stream.concat(reports, failures).collect(Collectors.joining(", "));
  }

  private static String reason(NodeAnswer<ModelReport> answer) {
    return switch (answer.value()) {
      case ModelReport.Absent _ -> "does not have the model";
      case ModelReport.Broken(String reason) -> "cannot use it: " + reason;
      case ModelReport.Usable(String fingerprint, _, _, _) ->
          "has other files, with fingerprint [%s]".formatted(fingerprint);
    };
  }
}
