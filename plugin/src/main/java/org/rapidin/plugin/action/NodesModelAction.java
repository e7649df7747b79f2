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
import org.opensearch.transport.TransportRequest;
import org.rapidin.attribution.AttributorSpec;
import org.rapidin.attribution.AttributorSpecFormat;
import org.rapidin.plugin.attributor.ModelReport;

/** Asks every node which files it has for an attributor's model. */
public final class NodesModelAction extends ActionType<NodesModelAction.Response> {
  /** The action's name; called on behalf of {@link PutAttributorAction} only. */
  public static final String NAME = "cluster:monitor/rapidin/model/digests";

  /** The only instance. */
  public static final NodesModelAction INSTANCE = new NodesModelAction();

  private NodesModelAction() {
    super(NAME, Response::new);
  }

  /** Names the files: the attributor's spec does. */
  public static final class Request extends BaseNodesRequest<Request> {
    private final AttributorSpec spec;

    /** Asks all nodes. */
    public Request(AttributorSpec spec) {
      super(new String[0]);
      this.spec = spec;
    }

    /** Reads a request from another node. */
    public Request(StreamInput in) throws IOException {
      super(in);
      spec = AttributorSpecFormat.fromMap(in.readMap());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeMap(AttributorSpecFormat.toMap(spec));
    }
  }

  /** The question to one node. */
  public static final class NodeRequest extends TransportRequest {
    private final AttributorSpec spec;

    NodeRequest(Request request) {
      spec = request.spec;
    }

    /** Reads a request from another node. */
    public NodeRequest(StreamInput in) throws IOException {
      super(in);
      spec = AttributorSpecFormat.fromMap(in.readMap());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeMap(AttributorSpecFormat.toMap(spec));
    }

    AttributorSpec spec() {
      return spec;
    }
  }

  /** One node's answer. */
  public static final class NodeResponse extends BaseNodeResponse {
    private final ModelReport report;

    NodeResponse(DiscoveryNode node, ModelReport report) {
      super(node);
      this.report = report;
    }

    /** Reads an answer from another node. */
    public NodeResponse(StreamInput in) throws IOException {
      super(in);
      report = ModelReport.read(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      report.writeTo(out);
    }

    /** What the node has. */
    public ModelReport report() {
      return report;
    }
  }

  /** All answers. */
  public static final class Response extends BaseNodesResponse<NodeResponse> {
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
  }
}
