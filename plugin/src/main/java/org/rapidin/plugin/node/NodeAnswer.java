package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;

/**
 * One node's answer to a nodes request.
 *
 * @param <A> what the node answers
 */
public final class NodeAnswer<A extends Writeable> extends BaseNodeResponse {
  private final A value;

  NodeAnswer(DiscoveryNode node, A value) {
    super(node);
    this.value = value;
  }

  NodeAnswer(StreamInput in, Writeable.Reader<A> reader) throws IOException {
    super(in);
    value = reader.read(in);
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    value.writeTo(out);
  }

  /** The answer. */
  public A value() {
    return value;
  }
}
