package org.rapidin.plugin.action;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.transport.TransportRequest;
import org.rapidin.plugin.gradient.NodeStats;

/** Asks nodes what they have done for gradients, and which models they have. */
public final class NodesStatsAction extends ActionType<NodesStatsAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:monitor/rapidin/stats";

  /** Render parameter: only names of nodes and their models are shown. */
  public static final String MODELS_ONLY = "rapidin_models_only";

  /** The only instance. */
  public static final NodesStatsAction INSTANCE = new NodesStatsAction();

  private NodesStatsAction() {
    super(NAME, Response::new);
  }

  /** Names the nodes. */
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
    }
  }

  /** The question to one node. */
  public static final class NodeRequest extends TransportRequest {
    NodeRequest() {}

    /** Reads a request from another node. */
    public NodeRequest(StreamInput in) throws IOException {
      super(in);
    }
  }

  /** One node's answer. */
  public static final class NodeResponse extends BaseNodeResponse {
    private final NodeStats stats;

    NodeResponse(DiscoveryNode node, NodeStats stats) {
      super(node);
      this.stats = stats;
    }

    /** Reads an answer from another node. */
    public NodeResponse(StreamInput in) throws IOException {
      super(in);
      stats = new NodeStats(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      stats.writeTo(out);
    }

    /** What the node says. */
    public NodeStats stats() {
      return stats;
    }
  }

  /** All answers. */
  public static final class Response extends BaseNodesResponse<NodeResponse>
      implements ToXContentFragment {
    Response(ClusterName name, List<NodeResponse> nodes, List<FailedNodeException> failures) {
      super(name, nodes, failures);
    }

    /** Reads answers from another node. */
    public Response(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    protected List<NodeResponse> readNodesFrom(StreamInput in) throws IOException {
      return in.readList(NodeResponse::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeResponse> nodes) throws IOException {
      out.writeList(nodes);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
      builder.startObject("nodes");
      for (NodeResponse node : getNodes()) {
        builder.startObject(node.getNode().getId()).field("name", node.getNode().getName());
        if (params.paramAsBoolean(MODELS_ONLY, false)) {
          node.stats().models(builder);
        } else {
          node.stats().toXContent(builder, params);
        }
        builder.endObject();
      }
      return builder.endObject();
    }
  }
}
