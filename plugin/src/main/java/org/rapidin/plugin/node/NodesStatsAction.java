package org.rapidin.plugin.node;

import java.io.IOException;
import org.opensearch.action.ActionType;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.rapidin.plugin.dispatch.NodeStats;
import org.rapidin.plugin.wire.VersionedBody;

/** Asks nodes what they have done for gradients, and which models they have. */
public final class NodesStatsAction extends ActionType<NodeAnswers<NodeStats>> {
  /** The permission's name. */
  public static final String NAME = "cluster:monitor/rapidin/stats";

  /** The only instance. */
  public static final NodesStatsAction INSTANCE = new NodesStatsAction();

  private static final int VERSION = 1;

  private NodesStatsAction() {
    super(NAME, in -> new NodeAnswers<>(in, NodeStats::read));
  }

  /** Names the nodes; has no other fields. */
  public static final class Request extends BaseNodesRequest<Request> {
    /**
     * @param nodes ids or names; none for all
     */
    public Request(String... nodes) {
      super(nodes);
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      VersionedBody.read(in, (version, body) -> version);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      VersionedBody.write(out, VERSION, body -> {});
    }
  }
}
