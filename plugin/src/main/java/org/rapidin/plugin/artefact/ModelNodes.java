package org.rapidin.plugin.artefact;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opensearch.ExceptionsHelper;
import org.opensearch.cluster.node.DiscoveryNode;
import org.rapidin.plugin.attributor.ModelReport;
import org.rapidin.plugin.attributor.RegisteredAttributor;
import org.rapidin.plugin.node.NodeAnswer;
import org.rapidin.plugin.node.NodeAnswers;

/**
 * The nodes that have the files of an attributor's model as it was registered with.
 *
 * @param usable each with its report; at least one
 */
record ModelNodes(List<Usable> usable) {
  /** What one of them says. */
  record Usable(DiscoveryNode node, ModelReport.Usable report) {}

  /**
   * Finds them among the answers of all nodes.
   *
   * @throws IllegalArgumentException if there are none; says what each node lacks
   */
  static ModelNodes of(RegisteredAttributor attributor, NodeAnswers<ModelReport> answers) {
    List<Usable> usable =
        answers.getNodes().stream()
            .filter(
                answer ->
                    answer.value() instanceof ModelReport.Usable report
                        && report.fingerprint().equals(attributor.fingerprint()))
            .map(answer -> new Usable(answer.getNode(), (ModelReport.Usable) answer.value()))
            .toList();
    if (usable.isEmpty()) {
      throw new IllegalArgumentException(
          "no node has the files of model [%s] as attributor [%s] was registered with: %s; put them on a node"
              .formatted(attributor.spec().model(), attributor.id(), reasons(answers)));
    }
    return new ModelNodes(usable);
  }

  /** Returns one of them: a node if it is among them. */
  DiscoveryNode preferring(DiscoveryNode node) {
    List<DiscoveryNode> nodes = usable.stream().map(Usable::node).toList();
    return nodes.contains(node) ? node : nodes.getFirst();
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
