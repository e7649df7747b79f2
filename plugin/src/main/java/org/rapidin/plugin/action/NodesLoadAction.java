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

/** Loads a model's attributors into memory on every node that has the model, or frees them. */
public final class NodesLoadAction extends ActionType<NodesLoadAction.Response> {
  /** The permission's name. */
  public static final String NAME = "cluster:admin/rapidin/model/load";

  /** The only instance. */
  public static final NodesLoadAction INSTANCE = new NodesLoadAction();

  private NodesLoadAction() {
    super(NAME, Response::new);
  }

  /** Names the model. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final String model;
    private final boolean load;

    /**
     * @param model directory name
     * @param load whether it is to be loaded or freed
     */
    public Request(String model, boolean load) {
      super(new String[0]);
      this.model = model;
      this.load = load;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      model = in.readString();
      load = in.readBoolean();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeString(model);
      out.writeBoolean(load);
    }
  }

  /** The wish to one node. */
  public static final class NodeRequest extends TransportRequest {
    private final String model;
    private final boolean load;

    NodeRequest(Request request) {
      model = request.model;
      load = request.load;
    }

    /** Reads a request from another node. */
    public NodeRequest(StreamInput in) throws IOException {
      super(in);
      model = in.readString();
      load = in.readBoolean();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeString(model);
      out.writeBoolean(load);
    }

    String model() {
      return model;
    }

    boolean load() {
      return load;
    }
  }

  /** What one node did. */
  public static final class NodeResponse extends BaseNodeResponse {
    private final int attributors;

    NodeResponse(DiscoveryNode node, int attributors) {
      super(node);
      this.attributors = attributors;
    }

    /** Reads an answer from another node. */
    public NodeResponse(StreamInput in) throws IOException {
      super(in);
      attributors = in.readVInt();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeVInt(attributors);
    }

    /** How many attributors were loaded or freed. */
    public int attributors() {
      return attributors;
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
        builder
            .startObject(node.getNode().getId())
            .field("name", node.getNode().getName())
            .field("attributors", node.attributors())
            .endObject();
      }
      return builder.endObject();
    }
  }
}
