package org.rapidin.plugin.node;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.rest.action.RestActions;

/**
 * All nodes' answers to a nodes request, and the nodes that failed.
 *
 * @param <A> what a node answers
 */
public final class NodeAnswers<A extends Writeable> extends BaseNodesResponse<NodeAnswer<A>>
    implements ToXContentObject {
  private final Writeable.Reader<A> reader;

  NodeAnswers(
      ClusterName cluster,
      List<NodeAnswer<A>> answers,
      List<FailedNodeException> failures,
      Writeable.Reader<A> reader) {
    super(cluster, answers, failures);
    this.reader = reader;
  }

  NodeAnswers(StreamInput in, Writeable.Reader<A> reader) throws IOException {
    this.reader = reader;
    super(in);
  }

  @Override
  protected List<NodeAnswer<A>> readNodesFrom(StreamInput in) throws IOException {
    return in.readList(answer -> new NodeAnswer<>(answer, reader));
  }

  @Override
  protected void writeNodesTo(StreamOutput out, List<NodeAnswer<A>> answers) throws IOException {
    out.writeList(answers);
  }

  /** Writes the fields of one node's answer. */
  @FunctionalInterface
  public interface Fields<A> {
    /**
     * @param builder in the node's object, after its name
     */
    void write(A value, XContentBuilder builder) throws IOException;
  }

  /** Writes all nodes; of an answer that is no fragment, the node's name only. */
  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    RestActions.buildNodesHeader(builder, params, this);
    builder.field("cluster_name", getClusterName().value());
    nodes(
        builder,
        (answer, out) -> {
          if (answer instanceof ToXContentFragment fragment) {
            fragment.toXContent(out, params);
          }
        });
    return builder.endObject();
  }

  /** Writes {@code "nodes": {id: {"name": …, fields}}}. */
  public void nodes(XContentBuilder builder, Fields<A> fields) throws IOException {
    builder.startObject("nodes");
    for (NodeAnswer<A> answer : getNodes()) {
      builder.startObject(answer.getNode().getId()).field("name", answer.getNode().getName());
      fields.write(answer.value(), builder);
      builder.endObject();
    }
    builder.endObject();
  }
}
